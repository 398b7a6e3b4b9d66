"""The page of notifications: what was told, and what is wanted."""

import pytest
from django.utils import timezone

from accounts.models import MailSchedule, NotificationPreference
from accounts.notifications import kinds, notify
from creator.platform.models import Delivery

PAGE = "/notifications/"
SOON = {"rhythm": "soon", "quiet_from": "", "quiet_until": ""}
KEY = {**kinds.KEY_MADE.sample, "name": "my <script>"}
EXPIRING = {**kinds.KEY_EXPIRING.sample, "name": "my <script>"}


@pytest.fixture
def visitor(client, cast):
    client.force_login(cast.owner)
    return client


def test_it_lists_what_the_person_was_told_and_nothing_of_others(visitor, cast):
    notify(kinds.KEY_MADE, cast.owner, event_id="1", facts=KEY)
    notify(kinds.NEW_SIGN_IN, cast.other, event_id="2", facts={})
    text = visitor.get(PAGE).text
    assert ('<a href="http://testserver/account/keys/">An API key was created</a>' in text) is True
    assert "New sign-in to your account" not in text


def test_choices_are_kept(visitor, cast):
    chosen = SOON | {"mail": ["job_done"], "page": ["job_done", "job_failed"], "rhythm": "daily"}
    visitor.post(PAGE, chosen | {"quiet_from": "22:00", "quiet_until": "07:30"})
    rows = NotificationPreference.objects.filter(user=cast.owner)
    found = {row.kind: (row.mail, row.page) for row in rows}
    assert (found["job_done"], found["job_failed"]) == ((True, True), (False, True))
    schedule = MailSchedule.objects.get(user=cast.owner)
    assert (schedule.rhythm, f"{schedule.quiet_from:%H:%M}", f"{schedule.quiet_until:%H:%M}") == (
        "daily",
        "22:00",
        "07:30",
    )
    text = visitor.get(PAGE).text
    assert ('value="22:00"' in text, text.count(" checked")) == (True, 3)


def test_what_protects_an_account_cannot_be_turned_off(visitor, cast, mailoutbox):
    visitor.post(PAGE, SOON)
    assert not NotificationPreference.objects.filter(kind=kinds.KEY_MADE.name).exists()
    notify(kinds.KEY_MADE, cast.owner, event_id="1", facts=KEY)
    assert "An API key was created" in visitor.get(PAGE).text


def test_what_was_turned_off_for_the_page_is_not_listed(visitor, cast):
    notify(kinds.KEY_EXPIRING, cast.owner, event_id="1", facts=EXPIRING)
    assert "is about to expire" in visitor.get(PAGE).text
    visitor.post(PAGE, SOON | {"mail": ["key_expiring"]})
    assert "“my &lt;script&gt;” is about to expire" not in visitor.get(PAGE).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_from": "22:00"}, "Enter both ends of the quiet hours, or neither."),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Enter a valid time."),
        ({"rhythm": "hourly"}, "Select a valid choice."),
    ],
)
def test_a_wrong_form_says_so_and_keeps_what_was_chosen(visitor, wrong, said):
    answer = visitor.post(PAGE, SOON | {"mail": ["job_done"]} | wrong)
    assert (answer.status_code, said in answer.text, answer.text.count(" checked")) == (400, True, 1)
    assert NotificationPreference.objects.count() == MailSchedule.objects.count() == 0


def test_half_of_the_quiet_hours_is_one_mistake_at_the_missing_end(visitor):
    text = visitor.post(PAGE, SOON | {"quiet_from": "22:00"}).text
    assert '<a href="#id_quiet_until">' in text
    assert "Constraint" not in text


def test_an_address_that_refuses_mail_is_shown_until_it_takes_mail_again(visitor, cast):
    common = {"kind": "mail", "destination": cast.owner.email}
    Delivery.objects.create(**common, event_id="1", dead_at=timezone.now())
    assert f"Mail to {cast.owner.email} was refused" in visitor.get(PAGE).text
    Delivery.objects.create(**common, event_id="2", done_at=timezone.now())
    assert "was refused" not in visitor.get(PAGE).text


def test_queries_do_not_grow_with_notifications(visitor, cast, django_assert_num_queries):
    notify(kinds.KEY_MADE, cast.owner, event_id="first", facts=KEY)
    visitor.get(PAGE)  # the first request of a session writes who uses it
    with django_assert_num_queries(8):
        visitor.get(PAGE)
    for number in range(30):
        notify(kinds.KEY_MADE, cast.owner, event_id=str(number), facts=KEY)
    with django_assert_num_queries(8):
        assert visitor.get(PAGE).text.count("An API key was created</a>") == 20

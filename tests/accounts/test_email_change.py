"""An address changes when the old and the new one have both confirmed it, and then other sessions end."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import principals
from accounts.email_change import ask_email_change
from accounts.enums import SecurityEvent
from accounts.models import EmailChange, User
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from creator.platform.outbox import hand_on_due
from creator.platform.pruning import prune

PASSWORD = "correct horse battery"
OLD, NEW = "owner@example.org", "anna@xn--bcher-kva.example"


@pytest.fixture
def owner(cast):
    cache.clear()
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    EmailAddress.objects.create(user=cast.owner, email=OLD, verified=True, primary=True)
    return cast.owner


def signed_in(password=PASSWORD, email=OLD):
    own = Client()
    own.post(reverse("account_login"), {"login": email, "password": password})
    return own


@pytest.fixture
def own(owner):
    """The person's own, in which they have just given their password again."""
    own = signed_in()
    own.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return own


@pytest.fixture
def ask(own, mailoutbox):
    """`ask(address)` asks for the change and returns the links by address."""

    def ask_for(address):
        own.post(reverse("account_email_change"), {"email": address})
        mailoutbox.clear()
        hand_on_due()
        return links(mailoutbox)

    return ask_for


def links(mailoutbox):
    found = {
        mail.to[0]: re.search(r"http://testserver(/accounts/email/confirm/\S+/)", mail.body)
        for mail in mailoutbox
    }
    return {address: link[1] for address, link in found.items() if link}


def works(own):
    return own.get(reverse("account_email")).status_code == 200


def current(user):
    user.refresh_from_db()
    return user.email


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_it_changes_when_both_have_confirmed_in_any_browser_and_order(owner, ask, order):
    sent = ask(" Anna@Bücher.example")
    first, second = (sent[address] for address in order)
    Client().post(first, {"confirm": ""})
    assert current(owner) == OLD
    page = Client().post(second, {"confirm": ""})
    assert "The address is changed" in page.text
    assert (current(owner), owner.shown_email) == (NEW, "Anna@Bücher.example")
    assert list(EmailAddress.objects.filter(user=owner).values_list("email", "verified", "primary")) == [
        (NEW, True, True)
    ]
    assert works(signed_in(email="anna@bücher.example"))
    assert not works(signed_in(email=OLD))


def test_reading_the_links_changes_nothing(owner, ask):
    for link in ask(NEW).values():
        assert "Change the address?" in Client().get(link).text
    assert (current(owner), EmailChange.objects.get().old_confirmed_at) == (OLD, None)


@pytest.mark.parametrize("address", [OLD, NEW])
def test_one_address_alone_changes_nothing_however_often(owner, ask, address):
    link = ask(NEW)[address]
    for _ in range(3):
        page = Client().post(link, {"confirm": ""})
    assert ("One more confirmation" in page.text, current(owner)) == (True, OLD)


def test_the_old_address_is_told(owner, ask, mailoutbox):
    for link in ask("Anna@Bücher.example").values():
        Client().post(link, {"confirm": ""})
    mailoutbox.clear()
    hand_on_due()
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [([OLD], "Your email address was changed")]
    assert "was changed from owner@example.org to Anna@Bücher.example" in mailoutbox[0].body


def test_other_sessions_end_and_the_one_that_confirmed_goes_on(owner, own, ask):
    elsewhere = signed_in()
    session = principals.find_by_session(elsewhere.session)
    sent = ask(NEW)
    Client().post(sent[NEW], {"confirm": ""})
    assert (works(elsewhere), principals.still_works(session)) == (True, True)
    own.post(sent[OLD], {"confirm": ""})
    assert (works(own), works(elsewhere), principals.still_works(session)) == (True, False, False)


def test_a_change_of_the_password_ends_other_sessions_too(owner, own):
    elsewhere = signed_in()
    session = principals.find_by_session(elsewhere.session)
    new = {"oldpassword": PASSWORD, "password1": "another horse", "password2": "another horse"}
    own.post(reverse("account_change_password"), new)
    assert (works(own), works(elsewhere), principals.still_works(session)) == (True, False, False)


def test_a_taken_address_is_answered_the_same_and_told_by_mail(owner, cast, own, ask, mailoutbox):
    free = own.post(reverse("account_email_change"), {"email": NEW}, follow=True).text
    taken = own.post(reverse("account_email_change"), {"email": "other@example.org"}, follow=True).text
    csrf = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|datetime="[^"]+"|title="[^"]+"|\d\d:\d\d')
    assert csrf.sub("", free).replace(NEW, "…") == csrf.sub("", taken).replace("other@example.org", "…")
    sent = ask("other@example.org")
    assert list(sent) == [OLD]
    assert "You have an account with this address already" in mailoutbox[-1].body
    Client().post(sent[OLD], {"confirm": ""})
    assert current(owner) == OLD


def test_an_address_that_is_taken_meanwhile_stays_the_others(owner, ask):
    sent = ask(NEW)
    User.objects.create_user(NEW)
    Client().post(sent[OLD], {"confirm": ""})
    page = Client().post(sent[NEW], {"confirm": ""}, headers={"Accept": "text/html"})
    assert ("Another account has this address now." in page.text, current(owner)) == (True, OLD)


def test_an_address_that_was_never_confirmed_has_nothing_to_say(owner, ask, mailoutbox):
    EmailAddress.objects.update(verified=False)
    sent = ask(NEW)
    assert list(sent) == [NEW]
    Client().post(sent[NEW], {"confirm": ""})
    assert current(owner) == NEW
    mailoutbox.clear()
    hand_on_due()
    assert mailoutbox == []  # it may be a stranger's


def test_links_end_after_a_day(owner, ask):
    sent = ask(NEW)
    EmailChange.objects.update(asked_at=F("asked_at") - timedelta(days=1, seconds=1))
    for link in sent.values():
        assert "This link no longer works" in Client().post(link, {"confirm": ""}).text
    assert current(owner) == OLD


def test_a_newer_wish_ends_the_links_of_the_earlier_one(owner, ask):
    earlier = ask(NEW)
    ask("third@example.org")
    for link in earlier.values():
        assert "This link no longer works" in Client().post(link, {"confirm": ""}).text
    assert current(owner) == OLD


@pytest.mark.parametrize("address", [OLD, NEW])
def test_either_address_can_stop_it(owner, ask, address):
    sent = ask(NEW)
    assert "The change was stopped" in Client().post(sent[address], {"stop": ""}).text
    for link in sent.values():
        Client().post(link, {"confirm": ""})
    assert current(owner) == OLD


def test_the_page_shows_what_waits_and_can_stop_it(owner, own, ask):
    sent = ask("Anna@Bücher.example")
    page = own.get(reverse("account_email")).text
    assert ("Anna@Bücher.example" in page, "Both addresses have to confirm the change" in page) == (
        True,
        True,
    )
    Client().post(sent[NEW], {"confirm": ""})
    assert "The present address has to confirm the change" in own.get(reverse("account_email")).text
    assert "The change was stopped." in own.post(reverse("account_email"), {"stop": ""}, follow=True).text
    assert EmailChange.objects.count() == 0


@pytest.mark.parametrize(
    ("address", "said"),
    [("OWNER@example.org", "This is your address already."), ("nonsense", "An email address has a name")],
)
def test_what_cannot_become_the_address_is_refused(owner, own, address, said):
    assert said in own.post(reverse("account_email_change"), {"email": address}).text
    assert EmailChange.objects.count() == 0


def test_a_site_for_invited_people_takes_no_other_addresses(owner, settings):
    settings.CONFIG = replace(settings.CONFIG, sign_up="invited", sign_up_domains=("example.org",))
    with pytest.raises(Refused, match="takes no accounts with this address"):
        ask_email_change(owner, NEW)
    assert ask_email_change(owner, "new@example.org").email == "new@example.org"


def test_where_sign_up_is_closed_people_may_still_change_theirs(owner, settings):
    settings.CONFIG = replace(settings.CONFIG, sign_up="closed")
    assert ask_email_change(owner, NEW).email == NEW


def test_a_session_alone_is_not_enough(owner):
    answer = signed_in().post(reverse("account_email_change"), {"email": NEW})
    assert (answer.status_code, EmailChange.objects.count()) == (302, 0)


def test_no_row_holds_what_confirms(owner, ask):
    keys = [link.split("/")[-2] for link in ask(NEW).values()]
    change = EmailChange.objects.get()
    stored = str(list(EmailChange.objects.values())) + str(list(AuditLine.objects.values()))
    assert [key for key in keys if key in stored] == []
    assert str(change.pk) not in str(list(AuditLine.objects.values()))


def test_it_is_audited(owner, ask):
    for link in ask(NEW).values():
        Client().post(link, {"confirm": ""})
    told = AuditLine.objects.filter(action__contains="email").order_by("pk")
    assert list(told.values_list("action", flat=True)) == [
        SecurityEvent.EMAIL_CHANGE_ASKED,
        SecurityEvent.EMAIL_CHANGED,
    ]
    assert NEW not in str(list(told.values()))


def test_a_mail_that_is_sent_late_gives_no_link_to_a_later_change(owner, own, mailoutbox):
    own.post(reverse("account_email_change"), {"email": NEW})
    own.post(reverse("account_email_change"), {"email": "third@example.org"})
    hand_on_due()
    assert sorted(links(mailoutbox)) == [OLD, "third@example.org"]


def test_what_was_not_confirmed_in_time_is_forgotten(owner, cast):
    for user, hours in ((owner, 25), (cast.other, 23)):
        change = ask_email_change(user, f"{user.pk}@example.org")
        EmailChange.objects.filter(pk=change.pk).update(asked_at=timezone.now() - timedelta(hours=hours))
    assert prune()["email_changes"] == 1
    assert EmailChange.objects.get().user == cast.other

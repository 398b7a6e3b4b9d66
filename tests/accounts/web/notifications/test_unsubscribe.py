"""One click ends mails of a kind, for people who are not signed in too, and does nothing else."""

import pytest
from django.test import Client

from accounts.models import NotificationPreference
from accounts.notifications.kind import kind_named
from accounts.notifications.unsubscribing import unsubscribe_path

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def stranger(db):
    """A mail program: no session, no CSRF token, and checks of CSRF as in production."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def link(cast):
    return unsubscribe_path(cast.owner, [kind_named("job_done"), kind_named("job_failed")])


def off():
    return set(NotificationPreference.objects.filter(mail=False).values_list("user__email", "kind"))


def test_one_post_ends_the_mails_and_leaves_the_page(stranger, link, cast):
    answer = stranger.post(link, ONE_CLICK)
    assert (answer.status_code, "You get no more mails about this" in answer.text) == (200, True)
    assert off() == {(cast.owner.email, "job_done"), (cast.owner.email, "job_failed")}
    assert NotificationPreference.objects.filter(page=False).count() == 0
    assert stranger.post(link, ONE_CLICK).status_code == 200


@pytest.mark.parametrize("method", ["get", "head"])
def test_programs_that_check_links_change_nothing(stranger, link, method):
    assert getattr(stranger, method)(link).status_code == 200
    assert off() == set()


def test_the_link_is_no_sign_in(stranger, link, cast):
    assert cast.owner.email not in stranger.get(link).text
    stranger.post(link, ONE_CLICK)
    assert "_auth_user_id" not in stranger.session
    assert stranger.get("/notifications/").status_code == 302


def test_a_forged_link_changes_nothing(stranger, link):
    *head, token, _ = link.split("/")
    for forged in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        "x" + token,
        token.split(".")[0],
        "nonsense",
    ):
        assert stranger.post("/".join([*head, forged, ""]), ONE_CLICK).status_code == 404
    assert off() == set()


def test_the_link_of_an_account_that_is_gone_is_not_valid(stranger, link, cast):
    cast.owner.delete()
    assert stranger.post(link, ONE_CLICK).status_code == 404


def test_what_protects_an_account_stays_on(stranger, cast):
    stranger.post(unsubscribe_path(cast.owner, [kind_named("key_made")]), ONE_CLICK)
    assert off() == set()

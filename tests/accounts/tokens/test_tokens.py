"""A signed-in program: its access, its refreshes, and how both end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import FamilyEnd, Means, SecurityEvent
from accounts.models import TokenFamily
from accounts.principals import Principal, find_by_secret, still_works
from accounts.signals import access_ended
from accounts.tokens import end_all, end_family, forgotten_families, issue, list_families, rotate
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from creator.platform.pruning import prune

HERE = "192.0.2.1"


def refused(refresh_token: str, **given) -> str:
    with pytest.raises(Refused) as refusal:
        rotate(refresh_token, address=HERE, **given)
    return refusal.value.code


def pass_time(family: TokenFamily, **past: float) -> None:
    """As if the last refresh were so long ago."""
    TokenFamily.objects.filter(pk=family.pk).update(refreshed_at=timezone.now() - timedelta(**past))


def told(event: SecurityEvent) -> int:
    return AuditLine.objects.filter(action=event).count()


def test_an_access_token_finds_its_person_in_one_query(pair, cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        found = find_by_secret(pair.access)
        assert (found, found.user.email) == (
            Principal(cast.owner, Means.TOKEN, str(pair.family.pk)),
            "owner@example.org",
        )


def test_an_access_token_works_for_five_minutes(cast):
    tokens = issue(cast.owner, device="", address=HERE)
    lasts = tokens.family.refreshed_at + timedelta(minutes=5) - timezone.now()
    assert timedelta(minutes=4.9) < lasts <= timedelta(minutes=5)


def test_an_expired_access_token_opens_nothing_and_its_program_may_still_refresh(pair):
    from accounts.tokens.texts import write_access_token

    over = write_access_token(pair.family.pk, timezone.now() - timedelta(seconds=1))
    assert find_by_secret(over) is None
    assert rotate(pair.refresh, address=HERE)[1] is True


def test_a_refresh_replaces_the_token_and_keeps_the_program(pair, django_assert_num_queries):
    with django_assert_num_queries(3):
        second, is_new = rotate(pair.refresh, address="192.0.2.7")
    assert (is_new, second.refresh != pair.refresh) == (True, True)
    assert {find_by_secret(each.access).credential for each in (pair, second)} == {str(pair.family.pk)}
    (family,) = TokenFamily.objects.all()
    assert (family.address, family.ended_at) == ("192.0.2.7", None)
    assert rotate(second.refresh, address=HERE)[1] is True


def test_reuse_of_an_old_token_ends_the_family_at_once(pair):
    second, _ = rotate(pair.refresh, address=HERE)
    pass_time(pair.family, seconds=11)
    assert refused(pair.refresh) == "not_authenticated"
    assert [find_by_secret(each.access) for each in (pair, second)] == [None, None]
    assert [refused(each.refresh) for each in (second, pair)] == ["not_authenticated"] * 2
    assert TokenFamily.objects.get().ended_by == FamilyEnd.REUSED
    assert (told(SecurityEvent.TOKEN_REUSED), told(SecurityEvent.TOKENS_ENDED)) == (1, 0)


def test_a_token_that_was_replaced_twice_is_old_however_quickly(pair):
    second, _ = rotate(pair.refresh, address=HERE)
    third, _ = rotate(second.refresh, address=HERE)
    assert refused(pair.refresh) == "not_authenticated"
    assert refused(third.refresh) == "not_authenticated"


def test_a_very_old_token_is_known_as_one(pair):
    tokens = pair
    for _ in range(50):
        tokens, _ = rotate(tokens.refresh, address=HERE)
    assert refused(pair.refresh) == "not_authenticated"
    assert TokenFamily.objects.get().ended_by == FamilyEnd.REUSED


def test_a_request_that_is_sent_twice_signs_nobody_out(pair):
    second, _ = rotate(pair.refresh, address=HERE)
    assert refused(pair.refresh) == "already_refreshed"
    assert refused(pair.refresh, idempotency_key="another") == "already_refreshed"
    assert find_by_secret(second.access) is not None
    assert rotate(second.refresh, address=HERE)[1] is True


def test_with_its_key_a_repeated_request_gets_the_same_pair(pair):
    first, is_new = rotate(pair.refresh, address=HERE, idempotency_key="k")
    again, is_new_again = rotate(pair.refresh, address=HERE, idempotency_key="k")
    assert (is_new, is_new_again) == (True, False)
    assert (again.access, again.refresh) == (first.access, first.refresh)
    pass_time(pair.family, seconds=11)
    assert refused(pair.refresh, idempotency_key="k") == "not_authenticated"
    assert TokenFamily.objects.get().ended_by == FamilyEnd.REUSED


def test_a_token_of_nobodys_family_ends_nothing(pair, cast):
    other = issue(cast.other, device="", address=HERE)
    TokenFamily.objects.filter(pk=other.family.pk).delete()
    assert refused(other.refresh) == "not_authenticated"
    assert find_by_secret(pair.access) is not None


def set_password(user) -> None:
    user.set_password("another one")
    user.save(update_fields=["password"])


ENDS = {
    "signed out": lambda user: end_family(TokenFamily.objects.get(), FamilyEnd.SIGNED_OUT),
    "all ended": end_all,
    "password": set_password,
    "deactivated": lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
    "deleted": lambda user: user.delete(),
    "unused": lambda user: TokenFamily.objects.update(refreshed_at=timezone.now() - timedelta(days=31)),
    "too old": lambda user: TokenFamily.objects.update(created_at=timezone.now() - timedelta(days=91)),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end_counts_at_once_for_all_of_it(pair, cast, end):
    principal = find_by_secret(pair.access)
    assert (still_works(principal), list_families(cast.owner)) == (True, [pair.family])
    ENDS[end](cast.owner)
    assert find_by_secret(pair.access) is None
    assert refused(pair.refresh) == "not_authenticated"
    assert not still_works(principal)
    assert list(TokenFamily.objects.filter(owner=principal.user, ended_by=FamilyEnd.REUSED)) == []
    if end != "deleted":
        assert list_families(cast.owner) == []


def test_the_end_is_told_once_and_only_of_this_family(pair, cast, django_capture_on_commit_callbacks):
    heard = []

    def hear(means, credential, **_):
        heard.append((means, credential))

    others = [issue(cast.other, device="", address=HERE), issue(cast.owner, device="", address=HERE)]
    access_ended.connect(hear)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            assert [end_family(pair.family, FamilyEnd.REVOKED) for _ in range(2)] == [True, False]
    finally:
        access_ended.disconnect(hear)
    assert heard == [(Means.TOKEN, str(pair.family.pk))]
    assert all(find_by_secret(each.access) for each in others)
    (line,) = AuditLine.objects.filter(action=SecurityEvent.TOKENS_ENDED)
    assert line.details["device"] == "laptop"


def test_what_ended_long_ago_is_forgotten(pair, cast):
    kept = issue(cast.owner, device="", address=HERE)
    ended = issue(cast.owner, device="", address=HERE)
    end_family(ended.family, FamilyEnd.REVOKED)
    pass_time(pair.family, days=31)
    assert list(forgotten_families()) == [pair.family]
    TokenFamily.objects.filter(pk=ended.family.pk).update(ended_at=timezone.now() - timedelta(days=31))
    assert kept.family not in forgotten_families()
    assert prune()["token_families"] == 2
    assert TokenFamily.objects.get() == kept.family

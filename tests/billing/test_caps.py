"""Spend caps of a person and of their API keys, in a period."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.api_keys import make_api_key, revoke_api_key
from accounts.enums import Scope
from billing.ledger import hold_credits, release, set_caps, settle
from billing.models import CreditAccount, KeyCap
from billing.queries.caps import caps_of
from creator.lib.errors import Refused
from creator.lib.formatting import moment
from creator.platform.models import AuditLine


@pytest.fixture
def key(cast, account):
    return make_api_key(owner=cast.owner, name="nightly import", scopes=[Scope.JOBS_WRITE])[0]


@transaction.atomic
def start(owner, reference, amount=1, *, key=None, jobs=1):
    amounts = {f"{reference}{'' if jobs == 1 else number}": amount for number in range(jobs)}
    hold_credits(owner_id=owner.pk, amounts=amounts, label="cinematic", key_id=key and key.pk)


def refusal(*arguments, **named):
    with pytest.raises(Refused) as refused:
        start(*arguments, **named)
    return refused.value


def closed(close, reference):
    with transaction.atomic():
        assert close(reference)


def used(key):
    return KeyCap.objects.get(key=key).used


def test_a_persons_cap_refuses_what_goes_beyond_it_with_and_without_a_key(cast, account, key):
    set_caps(cast.owner, 10, {})
    start(cast.owner, "job:1", 8)
    for by in (None, key):
        refused = refusal(cast.owner, "job:2", 3, key=by)
        assert (refused.code, refused.status) == ("spend_cap", 402)
    start(cast.owner, "job:3", 2)


def test_the_refusal_names_cap_used_credits_the_day_and_who_can_raise_it(cast, account, key):
    set_caps(cast.owner, None, {key.pk: 10})
    start(cast.owner, "job:1", 8, key=key)
    refused = refusal(cast.owner, "job:2", 2, key=key, jobs=3)
    account.refresh_from_db()
    for part in (
        "nightly import",
        "10 credits",
        "8 are used",
        "needs 6",
        moment(account.period_ends_at, "day"),
    ):
        assert part in refused.message
    assert "Make only 1 of these 3 pictures" in refused.message
    assert refused.facts == {
        "cap": 10,
        "used": 8,
        "needed": 6,
        "resets_at": account.period_ends_at.isoformat(),
    }


def test_a_keys_cap_leaves_other_keys_and_the_person_alone(cast, account, key):
    other = make_api_key(owner=cast.owner, name="other", scopes=[Scope.JOBS_WRITE])[0]
    set_caps(cast.owner, None, {key.pk: 5})
    start(cast.owner, "job:1", 5, key=key)
    assert refusal(cast.owner, "job:2", key=key).code == "spend_cap"
    start(cast.owner, "job:3", 5, key=other)
    start(cast.owner, "job:4", 5)
    assert used(key) == 5


def test_a_refused_submit_of_a_key_moves_nothing(cast, account, key):
    set_caps(cast.owner, None, {key.pk: 5})
    before = CreditAccount.objects.values().get(pk=account.pk)
    refusal(cast.owner, "job:1", 6, key=key)
    assert CreditAccount.objects.values().get(pk=account.pk) == before
    assert used(key) == 0


@pytest.mark.parametrize(("close", "counted"), [(settle, 4), (release, 0)])
def test_what_is_returned_no_longer_counts_and_what_is_charged_does(cast, account, key, close, counted):
    set_caps(cast.owner, 9, {key.pk: 5})
    start(cast.owner, "job:1", 4, key=key)
    closed(close, "job:1")
    assert (used(key), caps_of(cast.owner).used) == (counted, counted)


def test_a_cap_counts_what_the_key_used_before_it_was_set(cast, account, key):
    for reference in ("job:1", "job:2", "job:3"):
        start(cast.owner, reference, 3, key=key)
    closed(settle, "job:1")
    closed(release, "job:2")
    start(cast.owner, "job:4", 7)
    set_caps(cast.owner, None, {key.pk: 6})
    assert (used(key), refusal(cast.owner, "job:5", key=key).code) == (6, "spend_cap")
    closed(release, "job:3")
    assert used(key) == 3


def test_a_cap_that_is_taken_away_caps_nothing_and_set_again_it_counts_all(cast, account, key):
    set_caps(cast.owner, 3, {key.pk: 3})
    set_caps(cast.owner, None, {key.pk: None})
    start(cast.owner, "job:1", 4, key=key)
    set_caps(cast.owner, None, {key.pk: 5})
    assert (used(key), refusal(cast.owner, "job:2", 2, key=key).facts["used"]) == (4, 4)


def test_a_cap_of_zero_allows_free_jobs_only(cast, account, key):
    set_caps(cast.owner, None, {key.pk: 0})
    assert refusal(cast.owner, "job:1", key=key).code == "spend_cap"
    start(cast.owner, "job:free", 0, key=key)


def test_a_cap_below_what_is_used_refuses_all_but_free_jobs(cast, account, key):
    start(cast.owner, "job:1", 8, key=key)
    for own, of_key in ((5, None), (None, 5)):
        set_caps(cast.owner, own, {key.pk: of_key})
        refused = refusal(cast.owner, "job:2", 1, key=key)
        assert (refused.code, refused.facts["cap"], refused.facts["used"]) == ("spend_cap", 5, 8)
        start(cast.owner, f"job:free:{own}", 0, key=key)
    assert "The key itself cannot raise it." in refused.message


def test_the_next_period_counts_from_zero(cast, account, key, time_machine):
    set_caps(cast.owner, 10, {key.pk: 10})
    start(cast.owner, "job:1", 10, key=key)
    time_machine.move_to(timezone.now() + timedelta(days=32))
    assert (caps_of(cast.owner).used, caps_of(cast.owner).keys[0].used) == (0, 0)
    start(cast.owner, "job:2", 6, key=key)
    assert (used(key), caps_of(cast.owner).used) == (6, 6)
    closed(release, "job:1")  # of the period before: this one does not get it back
    assert (used(key), caps_of(cast.owner).used) == (6, 6)


def test_another_persons_key_gets_no_cap(cast, account, key):
    set_caps(cast.other, None, {key.pk: 1})
    assert KeyCap.objects.count() == 0


def test_setting_caps_is_audited(cast, account, key):
    set_caps(cast.owner, 10, {key.pk: 5})
    line = AuditLine.objects.get(action="caps_set")
    assert (line.subject, line.actor_id, line.details) == (
        f"account:{account.pk}",
        cast.owner.pk,
        {"own": 10, "keys": {str(key.pk): 5}},
    )


def test_the_overview_lists_keys_that_work_in_a_fixed_number_of_queries(
    cast, account, key, django_assert_num_queries
):
    for number in range(3):
        made, _ = make_api_key(owner=cast.owner, name=f"key {number}", scopes=[Scope.JOBS_WRITE])
    revoke_api_key(key=made)
    set_caps(cast.owner, 30, {key.pk: 5})
    start(cast.owner, "job:1", 2, key=key)
    with django_assert_num_queries(4):
        caps = caps_of(cast.owner)
    assert (caps.own, caps.used) == (30, 2)
    assert [(use.key.name, use.cap, use.used) for use in caps.keys] == [
        ("key 1", None, 0),
        ("key 0", None, 0),
        ("nightly import", 5, 2),
    ]

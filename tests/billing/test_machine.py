"""Any order of movements of credits, against a model of buckets, periods, debt and caps.

The model keeps buckets as plain lists. The clock is moved by days, and the model's periods are the months from
sign-up.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import ApiKey, User
from billing.ledger import (
    adjust,
    bring_all_up_to_date,
    find_drift,
    give_back,
    grant,
    hold_credits,
    open_credit_account,
    release,
    settle,
    take_back,
)
from billing.ledger.caps import set_caps
from billing.ledger.months import month_around
from billing.models import CreditAccount, CreditBucket, Hold, KeyCap, Plan
from creator.lib.errors import Refused
from tests.billing.conftest import DAY

AMOUNTS = st.integers(0, 30)
NUMBERS = st.integers(0, 9)
SIGN_UP = datetime(2028, 1, 31, 10, tzinfo=UTC)
MONTHLY = 50
JOBS_A_MONTH = 25


@dataclass(eq=False)
class Bucket:
    """As the model knows it; `expires_at` None: never."""

    amount: int
    left: int
    expires_at: datetime | None
    longest: datetime | None
    expired: int = 0
    asked_back: int = 0
    taken_back: int = 0


@dataclass(eq=False)
class Held:
    amount: int
    period: datetime
    by_key: bool
    parts: list[tuple[Bucket, int]] = field(default_factory=list)


class Account:
    """What the ledger should do, in the plainest way."""

    def __init__(self):
        self.now, self.period = SIGN_UP, SIGN_UP
        self.buckets: list[Bucket] = []
        self.open: dict[str, Held] = {}
        self.spent = self.debt = self.jobs = self.used = self.key_used = 0
        self.cap: int | None = None
        self.key_cap: int | None = None
        self.blocked = False
        self.come_in(MONTHLY, month_around(SIGN_UP, SIGN_UP)[1])

    @property
    def available(self):
        return sum(bucket.left for bucket in self.buckets)

    def come_in(self, amount, expires_at):
        bucket = Bucket(amount, amount, expires_at, expires_at and expires_at + 14 * DAY)
        if amount:
            self.buckets.append(bucket)
            self.repay()
        return bucket

    def repay(self):
        amount = min(self.debt, self.available)
        self.take(amount)
        self.debt -= amount

    def take(self, amount):
        parts = []
        for bucket in sorted(self.buckets, key=lambda each: (each.expires_at is None, each.expires_at)):
            part = min(amount, bucket.left)
            bucket.left -= part
            amount -= part
            if part:
                parts.append((bucket, part))
        return parts

    def expire(self):
        for bucket in self.buckets:
            if bucket.expires_at and bucket.expires_at <= self.now:
                bucket.expired += bucket.left
                bucket.left = 0

    def catch_up(self):
        """What any use of the account does first."""
        self.expire()
        starts_at, ends_at = month_around(self.now, SIGN_UP)
        if starts_at != self.period:
            self.period, self.jobs, self.used, self.key_used = starts_at, 0, 0, 0
            self.come_in(MONTHLY, ends_at)

    def refusal(self, amounts, by_key):
        needed = sum(amounts)
        if self.blocked or self.debt:
            return "payment_due"
        if self.jobs + len(amounts) > JOBS_A_MONTH:
            return "quota_exceeded"
        if self.cap is not None and self.used + needed > self.cap:
            return "spend_cap"
        if needed > self.available:
            return "insufficient_credits"
        if by_key and self.key_cap is not None and self.key_used + needed > self.key_cap:
            return "spend_cap"
        return None

    def expected(self, amounts, by_key):
        """The refusal after what is due was done, in a copy."""
        copy = deepcopy(self)
        copy.catch_up()
        return copy.refusal(amounts, by_key)

    def hold(self, amount, by_key):
        self.jobs += 1
        self.used += amount
        self.key_used += amount if by_key else 0
        return Held(amount, self.period, by_key, self.take(amount))

    def release(self, held):
        self.expire()
        for bucket, amount in held.parts:
            bucket.left += amount
            if bucket.expires_at:
                longer = min(self.now + 3 * DAY, bucket.longest)
                bucket.expires_at = max(bucket.expires_at, longer)
        if held.period == self.period:
            self.jobs -= 1
            self.used -= held.amount
            self.key_used -= held.amount if held.by_key else 0
        self.repay()

    def take_back(self, bucket, amount):
        """Returns the parts that were taken; what is missing is owed."""
        self.expire()
        asked = min(amount, bucket.amount - bucket.asked_back)
        own = min(asked, bucket.left)
        unowed = bucket.expired - min(bucket.expired, max(0, bucket.asked_back - bucket.taken_back))
        owed = asked - own - min(asked - own, unowed)
        bucket.left -= own
        parts = [(bucket, own)] if own else []
        others = self.take(min(owed, self.available))
        bucket.asked_back += asked
        self.debt += owed - sum(part for _, part in others)
        for each, part in parts + others:
            each.taken_back += part
        return parts + others, owed - sum(part for _, part in others)

    def give_back(self, taken):
        expiries = [bucket.expires_at for bucket, _ in taken.parts]
        expires = max(*expiries, self.now + 3 * DAY) if expiries and None not in expiries else None
        self.come_in(taken.amount, expires)
        taken.bucket.asked_back -= taken.amount


@dataclass
class Taken:
    """A take-back: of which grant, what it took from where, and all that it took or left as debt."""

    of: int
    bucket: Bucket
    parts: list[tuple[Bucket, int]]
    amount: int


class Ledger(RuleBasedStateMachine):
    references = Bundle("references")

    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(SIGN_UP, tick=False)
        self.travelling = self.clock.start()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        Plan.objects.filter(slug="free").update(credits=MONTHLY, jobs_per_period=JOBS_A_MONTH)
        self.owner = User.objects.create_user("someone@example.org")
        self.key = ApiKey.objects.create(owner=self.owner, name="script", prefix="cr_1", digest="0" * 64)
        open_credit_account(self.owner)
        self.model = Account()
        self.granted: dict[int, Bucket] = {}
        self.taken: dict[int, Taken] = {}
        self.seen: set[str] = set()
        self.made = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)
        self.clock.stop()

    @rule(target=references, amounts=st.lists(AMOUNTS, min_size=1, max_size=4), by_key=st.booleans())
    def hold(self, amounts, by_key):
        wanted = {f"job:{self.made + number}": amount for number, amount in enumerate(amounts)}
        self.made += len(wanted)
        key_id = self.key.pk if by_key else None
        expected = self.model.expected(amounts, by_key)
        try:
            with transaction.atomic():  # as the product does: a refusal leaves nothing behind
                hold_credits(owner_id=self.owner.pk, amounts=wanted, label="cinematic", key_id=key_id)
        except Refused as refused:
            answer = refused.code
        else:
            answer = None
        assert answer == expected
        if answer is None:
            self.model.catch_up()
            self.model.open |= {name: self.model.hold(amount, by_key) for name, amount in wanted.items()}
        return next(iter(wanted))

    @rule(reference=references)
    def settle(self, reference):
        assert settle(reference) is (reference in self.model.open)
        if held := self.model.open.pop(reference, None):
            self.model.spent += held.amount

    @rule(reference=references)
    def release(self, reference):
        assert release(reference) is (reference in self.model.open)
        if held := self.model.open.pop(reference, None):
            self.model.release(held)

    @rule(data=st.data(), end=st.sampled_from(["settle", "release"]))
    def end_any_open(self, data, end):
        if self.model.open:
            getattr(self, end)(data.draw(st.sampled_from(sorted(self.model.open))))

    @rule(number=NUMBERS, amount=AMOUNTS, days=st.none() | st.integers(0, 60))
    def grant(self, number, amount, days):
        expires_at = None if days is None else self.model.now + days * DAY
        given = grant(
            owner_id=self.owner.pk,
            amount=amount,
            source="invoice",
            source_id=str(number),
            reason="",
            expires_at=expires_at,
        )
        assert given is (number not in self.granted)
        if given:
            self.granted[number] = self.model.come_in(amount, expires_at)

    @rule(number=NUMBERS, amount=st.integers(-60, 30))
    def adjust(self, number, amount):
        name = f"staff {number}"
        is_new = name not in self.seen
        if is_new and amount < 0:
            self.model.expire()
        allowed = not is_new or self.model.available + amount >= 0
        try:
            done = adjust(
                owner_id=self.owner.pk, amount=amount, source="staff", source_id=str(number), reason="x"
            )
        except Refused:
            assert not allowed
            return
        assert (allowed, done) == (True, is_new)
        self.seen.add(name)
        if is_new and amount < 0:
            self.model.take(-amount)
        elif is_new:
            self.model.come_in(amount, None)

    @rule(number=NUMBERS, of=NUMBERS, amount=AMOUNTS)
    def take_back(self, number, of, amount):
        done = take_back(
            account_id=self.owner.credit_account.pk,
            amount=amount,
            source="refund",
            source_id=str(number),
            from_source="invoice",
            from_source_id=str(of),
            reason="",
        )
        bucket = self.granted.get(of)
        assert done is bool(bucket and bucket.amount and number not in self.taken)
        self.model.expire()
        if done:
            parts, owed = self.model.take_back(bucket, amount)
            self.taken[number] = Taken(of, bucket, parts, sum(part for _, part in parts) + owed)

    @rule(number=NUMBERS)
    def give_back(self, number):
        taken = self.taken.get(number)
        done = give_back(
            account_id=self.owner.credit_account.pk,
            source="won",
            source_id=str(number),
            from_source="refund",
            from_source_id=str(number),
            granted_by=("invoice", str(taken.of) if taken else ""),
            reason="",
        )
        is_new = f"won {number}" not in self.seen
        assert done is bool(taken and taken.amount and is_new)
        if done:
            self.seen.add(f"won {number}")
            self.model.give_back(taken)

    @rule(days=st.sampled_from([1, 2, 5, 15, 28]))
    def wait(self, days):
        self.model.now += days * DAY
        self.travelling.move_to(self.model.now, tick=False)

    @rule()
    def catch_up(self):
        bring_all_up_to_date()
        self.model.catch_up()

    @rule(own=st.none() | st.integers(0, 80), key=st.none() | st.integers(0, 40))
    def set_caps(self, own, key):
        set_caps(self.owner, own, {self.key.pk: key})
        self.model.cap, self.model.key_cap = own, key

    @rule(blocked=st.booleans())
    def block(self, blocked):
        self.model.blocked = blocked
        since = self.model.now if blocked else None
        CreditAccount.objects.filter(owner=self.owner).update(blocked_from=since)

    @invariant()
    def the_account_is_the_models(self):
        account = CreditAccount.objects.get(owner=self.owner)
        model, held = self.model, sum(each.amount for each in self.model.open.values())
        assert (account.available, account.reserved, account.spent) == (model.available, held, model.spent)
        assert (account.expired, account.debt) == (sum(each.expired for each in model.buckets), model.debt)
        assert (account.period_starts_at, account.period_jobs, account.period_credits) == (
            model.period, model.jobs, model.used,
        )  # fmt: skip
        assert set(Hold.objects.filter(state="open").values_list("reference", flat=True)) == set(model.open)

    @invariant()
    def the_buckets_are_the_models(self):
        buckets = CreditBucket.objects.order_by("pk").values_list("left", "expires_at")
        assert list(buckets) == [(each.left, each.expires_at) for each in self.model.buckets]

    @invariant()
    def the_key_has_used_what_the_model_says(self):
        account = CreditAccount.objects.get(owner=self.owner)
        for cap in KeyCap.objects.filter(period_number=account.period_number):
            assert cap.used == self.model.key_used

    @invariant()
    def everything_adds_up(self):
        assert find_drift() == []


@pytest.mark.django_db
def test_any_order_of_movements_adds_up():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.generate],  # to shrink a failure takes minutes
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

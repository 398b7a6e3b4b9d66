"""Random sequences of grants, holds, settlements and releases, compared with a simple arithmetic model."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from accounts.models import User
from billing.ledger import adjust, find_drift, grant, hold_credits, open_credit_account, release, settle
from billing.models import Hold
from creator.lib.errors import Refused
from tests.billing.conftest import balances

AMOUNTS = st.integers(0, 30)


class Ledger(RuleBasedStateMachine):
    references = Bundle("references")

    def __init__(self):
        super().__init__()
        self.rollback = transaction.atomic()
        self.rollback.__enter__()
        self.owner = User.objects.create_user("someone@example.org")
        open_credit_account(self.owner)
        self.available, self.spent = 50, 0
        self.open: dict[str, int] = {}
        self.seen: set[str] = set()
        self.made = 0

    def teardown(self):
        transaction.set_rollback(True)
        self.rollback.__exit__(None, None, None)

    @rule(target=references, amounts=st.lists(AMOUNTS, min_size=1, max_size=4))
    def hold(self, amounts):
        wanted = {f"job:{self.made + number}": amount for number, amount in enumerate(amounts)}
        self.made += len(wanted)
        needed = sum(amounts)
        too_much = {"available": self.available, "needed": needed} if self.available < needed else None
        try:
            hold_credits(owner_id=self.owner.pk, amounts=wanted, label="cinematic")
        except Refused as refused:
            answer = refused.details
        else:
            answer = None
            self.available -= needed
            self.open |= wanted
        assert answer == too_much
        return next(iter(wanted))

    @rule(reference=references)
    def settle(self, reference):
        assert settle(reference) is (reference in self.open)
        self.spent += self.open.pop(reference, 0)

    @rule(reference=references)
    def release(self, reference):
        assert release(reference) is (reference in self.open)
        self.available += self.open.pop(reference, 0)

    @rule(data=st.data())
    def settle_any_open(self, data):
        if self.open:
            self.settle(data.draw(st.sampled_from(sorted(self.open))))

    @rule(number=st.integers(0, 9), amount=AMOUNTS)
    def grant(self, number, amount):
        new = f"invoice {number}" not in self.seen
        given = grant(
            owner_id=self.owner.pk, amount=amount, source="invoice", source_id=str(number), reason=""
        )
        assert given is new
        self.seen.add(f"invoice {number}")
        self.available += amount if new else 0

    @rule(number=st.integers(0, 9), amount=st.integers(-60, 30))
    def adjust(self, number, amount):
        name = f"staff {number}"
        allowed = name in self.seen or self.available + amount >= 0
        try:
            done = adjust(
                owner_id=self.owner.pk, amount=amount, source="staff", source_id=str(number), reason="x"
            )
        except Refused:
            assert not allowed
            return
        assert allowed
        assert done is (name not in self.seen)
        self.seen.add(name)
        self.available += amount if done else 0

    @invariant()
    def balances_are_the_models(self):
        assert balances(self.owner) == (self.available, sum(self.open.values()), self.spent)
        assert dict(Hold.objects.filter(state="open").values_list("reference", "amount")) == self.open

    @invariant()
    def everything_adds_up(self):
        assert find_drift() == []


@pytest.mark.django_db
def test_any_order_of_movements_adds_up():
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest

from billing.enums import HoldState
from billing.ledger import open_credit_account
from billing.models import Hold


@pytest.fixture
def end_job(cast) -> Callable[..., Hold]:
    """Makes the hold of a job that ended at a time; finished unless told otherwise, of the owner unless told otherwise."""
    numbers = count()

    def end(at: datetime, label="cinematic", amount=3, *, owner=None, state=HoldState.SETTLED) -> Hold:
        account = open_credit_account(owner or cast.owner)
        return Hold.objects.create(
            reference=f"job:{next(numbers)}",
            account=account,
            amount=amount,
            label=label,
            state=state,
            closed_at=at,
        )

    return end

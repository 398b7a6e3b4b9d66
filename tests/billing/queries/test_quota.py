"""How far a period is used up: by credits or by the plan's jobs, whichever comes first."""

import pytest

from billing.enums import QuotaLevel
from billing.queries.quota import Quota

PLENTY, MOSTLY_USED, FEW_LEFT, NONE_LEFT = QuotaLevel


@pytest.mark.parametrize(
    ("used", "left", "price", "jobs", "most", "expected"),
    [
        (0, 50, 1, 0, 50, PLENTY),
        (39, 11, 1, 39, 50, PLENTY),
        (40, 10, 1, 40, 50, MOSTLY_USED),
        (44, 6, 1, 44, 50, MOSTLY_USED),
        (45, 5, 1, 45, 50, FEW_LEFT),
        (49, 1, 1, 49, 50, FEW_LEFT),
        (50, 0, 1, 50, 50, NONE_LEFT),
        # The jobs come first.
        (40, 960, 1, 40, 50, MOSTLY_USED),
        (45, 955, 1, 45, 50, FEW_LEFT),
        (50, 950, 1, 50, 50, NONE_LEFT),
        (60, 940, 1, 60, 50, NONE_LEFT),  # since a change to a smaller plan
        # The credits come first: a dearer picture is one of which fewer are left.
        (40, 10, 1, 4, 50, MOSTLY_USED),
        (20, 30, 5, 4, 50, PLENTY),
        (25, 25, 5, 5, 50, FEW_LEFT),
        (46, 4, 5, 10, 50, NONE_LEFT),
        # Credits that were bought count: 800 of 1,000 are 80 %, of 3,500 they are not.
        (800, 200, 2, 400, 1_000, MOSTLY_USED),
        (800, 2_700, 2, 400, 1_000, PLENTY),
        # Free pictures need no credits.
        (0, 0, 0, 1, 50, PLENTY),
        (0, 0, 0, 45, 50, FEW_LEFT),
    ],
)
def test_the_level_of_a_period(used, left, price, jobs, most, expected):
    assert Quota(used, left, jobs, most, price).level is expected


def test_what_is_left_is_counted_in_pictures_like_the_last_one():
    quota = Quota(credits_used=30, credits_left=20, jobs_used=10, jobs_most=50, price=6)
    assert (quota.left, quota.jobs_left) == (3, 40)

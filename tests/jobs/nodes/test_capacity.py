import pytest

from jobs.models import Node
from jobs.nodes import slots_of
from jobs.nodes.capacity import MOST_SLOTS


@pytest.mark.parametrize(
    ("slots", "rtt_ms", "typical_s", "expected"),
    [
        (2, None, 0.1, 2),  # the round trip time is unknown
        (2, 50, None, 2),  # the job time is unknown
        (2, 1, 0.01, 2),  # near: no more slots needed
        (2, 50, 1.0, 2),  # one job of a second covers three round trips
        (2, 50, 0.1, 3),
        (2, 50, 0.05, 4),
        (2, 200, 0.01, MOST_SLOTS),
        (5, 50, 0.1, 5),  # staff set more
        (20, 200, 0.01, 20),
        (0, 1, 0.1, 0),  # staff set none
    ],
)
def test_far_nodes_hold_more_the_shorter_the_jobs(slots, rtt_ms, typical_s, expected):
    assert slots_of(Node(slots=slots, rtt_ms=rtt_ms), typical_s) == expected

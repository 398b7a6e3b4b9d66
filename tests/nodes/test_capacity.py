import pytest

from jobs.models import Node
from jobs.nodes import slots_of
from jobs.nodes.capacity import MOST_SLOTS


@pytest.mark.parametrize(
    ("slots", "rtt_ms", "typical_s", "expected"),
    [
        (2, None, 0.1, 2),  # nobody knows how far it is
        (2, 50, None, 2),  # nor how long jobs take
        (2, 1, 0.01, 2),  # near: not worth it
        (2, 50, 1.0, 2),  # a second of work covers three trips
        (2, 50, 0.1, 3),
        (2, 50, 0.05, 4),
        (2, 200, 0.01, MOST_SLOTS),
        (5, 50, 0.1, 5),  # staff asked for more
        (20, 200, 0.01, 20),
        (0, 1, 0.1, 0),  # or for none
    ],
)
def test_far_nodes_hold_more_the_shorter_the_jobs(slots, rtt_ms, typical_s, expected):
    assert slots_of(Node(slots=slots, rtt_ms=rtt_ms), typical_s) == expected

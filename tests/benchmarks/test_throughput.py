"""Result rows, computed from hand-written rounds."""

from __future__ import annotations

from benchmarks.pace import Pace
from benchmarks.throughput import Round, gap_row, rows_of, scaling_row


def pace(rate: float, *gaps_ms: float) -> Pace:
    return Pace(rate, gaps_ms or (1.0,))


def test_rows_stand_beside_the_direct_client_of_the_same_round():
    rounds = [Round(pace(1.0, 1.0), pace(0.9, 4.0)), Round(pace(2.0, 1.0), pace(1.6, 6.0))]
    rows = rows_of("1s_2nodes", rounds, "")
    assert [(row.name, row.value, row.baseline, row.ratio) for row in rows] == [
        ("throughput_1s_2nodes", 1.25, 1.5, 0.85),
        ("idle_gap_p50_ms_1s_2nodes", 5.0, 1.0, 5.0),
    ]


def test_the_peer_has_a_row_where_it_ran():
    rows = rows_of("1s_1node", [Round(pace(1.0), pace(0.9), pace(0.6))], "")
    assert [row.name for row in rows][2:] == ["throughput_1s_1node_proxy"]
    assert (rows[2].value, rows[2].baseline, rows[2].ratio) == (0.9, 0.6, 1.5)


def test_scaling_is_how_many_times_the_rate_of_one_node():
    row = scaling_row([Round(pace(1.0), pace(0.5))], [Round(pace(4.0), pace(1.9))], nodes=4)
    assert (row.name, row.value, row.baseline, row.ratio) == ("scaling_4nodes", 3.8, 4.0, 0.95)


def test_a_gap_is_the_median_of_all_prompts_of_all_rounds():
    rounds = [Round(pace(1, 1.0), pace(1, 1.0, 2.0, 9.0)), Round(pace(1, 1.0), pace(1, 3.0, 4.0))]
    assert gap_row("gap", rounds, "").value == 3.0

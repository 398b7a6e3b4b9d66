import pytest

from jobs.scheduling.remaining import Begun


def test_before_the_first_report_it_is_what_past_runs_took_less_the_time_passed():
    assert Begun(elapsed_s=3).seconds_left(10) == 7


def test_without_past_runs_the_pace_alone_tells():
    assert Begun(elapsed_s=5, fraction=0.25, reported_s=5).seconds_left(None) == pytest.approx(15)


def test_nothing_is_said_where_nothing_is_known():
    assert Begun(elapsed_s=5).seconds_left(None) is None
    assert Begun(elapsed_s=5, fraction=0.01, reported_s=5).seconds_left(None) is None


def test_a_run_slower_than_the_past_is_judged_by_its_own_pace():
    """Past runs took 5 s; this one is half done after 60 s."""
    assert Begun(elapsed_s=60, fraction=0.5, reported_s=60).seconds_left(5) == pytest.approx(60)


def test_time_passes_between_two_reports():
    left = [Begun(elapsed_s=each, fraction=0.5, reported_s=10).seconds_left(20) for each in (10, 14, 19)]
    assert left == pytest.approx([10, 6, 1])


def test_nothing_is_said_once_it_takes_longer_than_was_estimated():
    assert Begun(elapsed_s=11).seconds_left(10) is None
    assert Begun(elapsed_s=21, fraction=0.5, reported_s=10).seconds_left(20) is None


def test_early_reports_count_little():
    """A first step of a moment says little about the whole."""
    assert Begun(elapsed_s=0.1, fraction=0.2, reported_s=0.1).seconds_left(100) == pytest.approx(80, rel=0.02)


@pytest.mark.parametrize("scale", [0.2, 0.5, 1, 3, 10])
def test_the_estimate_comes_closer_to_the_truth_with_each_report(scale):
    """A run with even progress that takes `scale` times what past runs took."""
    whole = 20 * scale
    errors = []
    for fraction in (0.1, 0.3, 0.6, 0.9):
        left = Begun(whole * fraction, fraction, whole * fraction).seconds_left(20)
        errors.append(abs(left - whole * (1 - fraction)))
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.1 * max(whole, 20)

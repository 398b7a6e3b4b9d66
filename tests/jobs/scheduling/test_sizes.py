import pytest

from jobs.scheduling.sizes import timing_by_size

MEGA = 1_000_000


def test_times_lie_on_the_line_through_runs_of_several_sizes():
    runs = [(size * MEGA, 2 + 0.5 * size) for size in (1, 2, 4, 12)]
    assert timing_by_size(runs).at(24 * MEGA).p50 == pytest.approx(14)


def test_single_slow_runs_do_not_turn_the_line():
    runs = [(size * MEGA, 2 + 0.5 * size) for size in (1, 1, 2, 2, 4, 4, 12)] + [(2 * MEGA, 60)]
    assert timing_by_size(runs).at(24 * MEGA).p50 == pytest.approx(14, rel=0.05)


def test_runs_of_one_size_are_scaled_by_the_pixels():
    """Twelve times the pixels of 2 megapixels, with the fixed share that is assumed at first: 25 / 3."""
    assert timing_by_size([(2 * MEGA, 5), (2 * MEGA, 5)]).at(24 * MEGA).p50 == pytest.approx(5 * 25 / 3)


def test_a_preset_whose_time_does_not_depend_on_the_size_keeps_its_time():
    assert timing_by_size([(MEGA, 8), (12 * MEGA, 8), (24 * MEGA, 8)]).at(2 * MEGA).p50 == pytest.approx(8)


def test_larger_pictures_never_take_less_time_and_no_time_is_negative():
    faster = timing_by_size([(MEGA, 8), (12 * MEGA, 4), (24 * MEGA, 2)])
    assert faster.at(50 * MEGA).p50 >= faster.at(MEGA).p50 > 0
    steep = timing_by_size([(10 * MEGA, 1), (20 * MEGA, 30)])
    assert steep.at(MEGA).p50 > 0


def test_without_sizes_it_is_the_plain_median_and_90th_percentile():
    timing = timing_by_size([(0, seconds) for seconds in (20, 20, 20, 20, 20, 20, 20, 20, 40, 40)]).at(0)
    assert (timing.p50, timing.p90) == (20, 40)


def test_runs_that_took_no_time_give_no_error():
    assert timing_by_size([(MEGA, 0.0), (4 * MEGA, 0.0)]).at(MEGA).p50 == 0

from datetime import date, timedelta

from billing.usage import Use
from billing.web.usage_chart import HEIGHT, OTHERS, SHADES, draw

FIRST = date(2027, 1, 1)


def days(count: int) -> list[date]:
    return [FIRST + timedelta(each) for each in range(count)]


def test_a_bar_stacks_presets_from_the_ground_most_used_first():
    used = {(FIRST, "b"): Use(1, 30), (FIRST, "a"): Use(1, 10), (FIRST + timedelta(2), "a"): Use(1, 10)}
    chart = draw(used, {"a": "A", "b": "B"}, days(3))
    assert [(each.x, each.y, each.height, each.shade, each.title) for each in chart.parts] == [
        ("0.1", "25.00", "75.00", 0, "1 January: B, 30 credits"),
        ("0.1", "0.00", "25.00", 1, "1 January: A, 10 credits"),
        ("2.1", "75.00", "25.00", 1, "3 January: A, 10 credits"),
    ]
    assert (chart.width, chart.most, chart.legend) == (3, 40, [(0, "B"), (1, "A")])


def test_the_presets_used_least_share_the_last_shade():
    used = {(FIRST, f"p{each}"): Use(1, 100 - each) for each in range(SHADES + 3)}
    chart = draw(used, {f"p{each}": f"P{each}" for each in range(SHADES + 3)}, days(1))
    assert chart.legend == [(0, "P0"), (1, "P1"), (2, "P2"), (3, "P3"), (4, "P4"), (5, OTHERS)]
    assert sum(float(each.height) for each in chart.parts) == HEIGHT
    assert chart.parts[-1].title == f"1 January: {OTHERS}, 374 credits"


def test_as_many_presets_as_shades_keep_their_names():
    used = {(FIRST, f"p{each}"): Use(1, 100 - each) for each in range(SHADES)}
    assert draw(used, {f"p{each}": f"P{each}" for each in range(SHADES)}, days(1)).legend[-1] == (5, "P5")


def test_a_year_is_drawn_by_weeks():
    last = FIRST + timedelta(365)
    chart = draw(
        {(FIRST, "a"): Use(1, 5), (FIRST + timedelta(6), "a"): Use(1, 5), (last, "a"): Use(1, 2)},
        {"a": "A"},
        days(366),
    )
    assert (chart.width, chart.days_each, chart.most) == (53, 7, 10)
    assert [(each.x, each.title) for each in chart.parts] == [
        ("0.1", "1 January: A, 10 credits"),
        ("52.1", "31 December: A, 2 credits"),
    ]


def test_without_used_credits_there_is_no_picture():
    assert draw({}, {}, days(3)) is None
    assert draw({(FIRST, "a"): Use(1, 0, 4)}, {"a": "A"}, days(3)) is None

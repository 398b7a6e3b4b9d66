import pytest

from tests.billing.timelines.phrases import act
from tests.billing.timelines.tables import SEEN, read_tables

HEADING = """# A theme

## a title

| when | what | plan | subscription | period | credits | debt | next job | told |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""
FIRST = "| 2027-01-31 10:00 | sign up | free | - | 31 Jan to 28 Feb | 50 | - | yes | welcome |\n"


def test_an_empty_cell_is_as_in_the_line_above_but_nobody_is_told_twice():
    [timeline] = read_tables("theme", HEADING + FIRST + "| 2027-02-01 10:00 | wait | creator | | | | | | |\n")
    first, second = timeline.steps
    assert tuple(first.seen) == SEEN
    assert second.seen == first.seen | {"plan": "creator", "told": "-"}
    assert str(timeline) == "theme: a title"


@pytest.mark.parametrize("text", [HEADING, HEADING.replace("debt", "guilt") + FIRST, "\n## a title\n"])
def test_a_table_without_steps_or_with_other_columns_is_an_error(text):
    with pytest.raises(ValueError, match="theme, a title"):
        read_tables("theme", text)


def test_a_phrase_that_nothing_knows_is_an_error():
    with pytest.raises(LookupError, match="0 phrases for “abscond”"):
        act(None, "abscond", None)

import csv
from io import StringIO

import pytest

from creator.lib.csv_lines import BYTE_ORDER_MARK, csv_lines


def read_back(*cells) -> list[str]:
    text = "".join(csv_lines([cells]))
    assert text.startswith(BYTE_ORDER_MARK)
    return next(csv.reader(StringIO(text.removeprefix(BYTE_ORDER_MARK))))


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", '=HYPERLINK("http://x","y")']
)
def test_no_cell_of_text_begins_like_a_formula(cell):
    assert read_back(cell, "plain") == [f"'{cell}", "plain"]


def test_text_that_only_looks_special_and_numbers_stay_as_they_are():
    assert read_back("a=b", 'say "so", then', "línea\nzwei", "", -3, 0) == [
        "a=b",
        'say "so", then',
        "línea\nzwei",
        "",
        "-3",
        "0",
    ]


def test_the_mark_comes_once_and_each_row_is_one_line():
    assert list(csv_lines([("a", "b"), (1, 2)])) == [f"{BYTE_ORDER_MARK}a,b\r\n", "1,2\r\n"]

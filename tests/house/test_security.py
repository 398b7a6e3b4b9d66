"""docs/security.md names what is there: each row has a place and a test, and each of them exists."""

import re

import pytest

from tests.house.tree import ROOT, tracked

PAGE = (ROOT / "docs/security.md").read_text()
PATH = re.compile(r"`((?:creator|accounts|billing|jobs|tests|docs|requirements|templates)/[\w/.-]+)`")
NUMBER = re.compile(r"^\d+\.\d+\.\d+(\\\*)?(, \d+\.\d+\.\d+(\\\*)?)*: ")


def rows() -> list[list[str]]:
    """The cells of the rows that have a place and a test."""
    cells = [line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| [^-]", line)]
    return [
        [each.strip() for each in row] for row in cells if len(row) == 4 and row[0].strip() != "requirement"
    ]


def test_it_has_rows():
    assert len(rows()) > 40


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:60])
def test_a_row_says_where_and_how_it_is_proved(row):
    requirement, _, where, test = row
    assert NUMBER.match(requirement)
    files = {str(path) for path in tracked()}
    places, tests = set(PATH.findall(where)), set(PATH.findall(test))
    assert places, "no place"
    assert tests, "no test"
    assert (places | tests) - files == set()
    assert {each for each in tests if not re.search(r"/test_\w+\.py$", each)} == set()


def test_every_attack_is_named():
    attacks = {str(path) for path in tracked() if re.match(r"tests/e2e/attack/test_\w+\.py", str(path))}
    assert attacks - set(PATH.findall(PAGE)) == set()

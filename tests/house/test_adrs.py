import re

import pytest

from tests.house.tree import ROOT

PAGES = sorted((ROOT / "docs/adr").glob("0*.md"))
SECTIONS = ["Context", "Decision", "Consequences", "Rejected"]


def test_numbers_have_no_gap():
    assert [int(page.name[:4]) for page in PAGES] == list(range(1, len(PAGES) + 1))


@pytest.mark.parametrize("decision", PAGES, ids=lambda path: path.stem)
def test_page_says_what_was_decided_and_rejected(decision):
    text = decision.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {decision.name[:4]}: ")
    assert len(text.splitlines()) <= 60


def test_list_has_every_page_under_its_title():
    titles = {page.name: page.read_text().split("\n")[0].partition(": ")[2] for page in PAGES}
    listed = re.findall(
        r"^\| \[\d+\]\((.+?)\) \| (.+) \|$", (ROOT / "docs/adr/README.md").read_text(), re.MULTILINE
    )
    assert listed == list(titles.items())

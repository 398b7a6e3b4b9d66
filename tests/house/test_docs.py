import re

import pytest
from django.core.management import get_commands

from jobs.enums import JobStatus
from jobs.lifecycle.transitions import TRANSITIONS
from tests.house.tree import ROOT, texts, tracked

ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
TREE = ARCHITECTURE.partition("## Rooms\n\n```\n")[2].partition("```")[0]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)?(?:#([^)\s]+))?\)")


def drawn(indent: int, below: str = "") -> set[str]:
    """Returns the names at this indent in the tree of docs/architecture.md, optionally below one folder."""
    lines = TREE.splitlines()
    if below:
        start = lines.index(next(line for line in lines if line.startswith(below))) + 1
        end = next((at for at in range(start, len(lines)) if not lines[at].startswith(" ")), len(lines))
        lines = lines[start:end]
    return {line.split()[0].rstrip("/") for line in lines if re.match(rf" {{{indent}}}\S", line)}


def test_drawn_folders_are_the_folders():
    assert drawn(0) == {path.parts[0] for path in tracked() if len(path.parts) > 1}


@pytest.mark.parametrize("app", ["creator", "accounts", "billing", "jobs", "drive"])
def test_drawn_rooms_are_the_rooms(app):
    rooms = {path.parts[1] for path in tracked() if path.parts[0] == app}
    assert drawn(2, below=f"{app}/") == rooms - {"__init__.py", "migrations"}


def test_readme_names_the_folders():
    listed = re.findall(r"^([a-z]+)/ {2,}", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert set(listed) == drawn(0) - {".ci"}


def test_drawn_life_of_a_job_is_the_table_of_transitions():
    moves = re.findall(r"^ +(\w+) --> (\w+)", ARCHITECTURE, re.MULTILINE)
    between_states = {(JobStatus(old), JobStatus(new)) for old, new in moves if old != new}
    assert between_states == {(old, new) for old, reached in TRANSITIONS.items() for new in reached}


def headings(text: str) -> set[str]:
    """Returns the anchors that GitHub makes from a page's headings."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", texts(".md"))
def test_links_lead_somewhere(document):
    path = ROOT / document
    for target, anchor in LINK.findall(path.read_text()):
        file = (path.parent / target) if target else path
        assert file.exists(), f"{document} links to {target}"
        assert not anchor or anchor in headings(file.read_text()), f"{document} links to {target}#{anchor}"


@pytest.mark.parametrize("document", texts(".md"))
def test_named_commands_and_tests_exist(document):
    text = (ROOT / document).read_text()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= get_commands().keys()
    assert [name for name in re.findall(r"\btests/[\w/.]+", text) if not (ROOT / name).exists()] == []

"""`.env` is read as people write it, and as `.env.example` shows it."""

import re

import pytest

from creator.config import ConfigError, read_env_file
from tests.house.tree import ROOT

LINES = {
    "A=plain": "plain",
    "A=with spaces  ": "with spaces",
    "A=value # a comment": "value",
    "A=value\t# a comment": "value",
    "A=value#no-comment": "value#no-comment",
    "A= # only a comment": "",
    "A=": "",
    'A="in # quotes" # a comment': "in # quotes",
    "A='in # quotes'": "in # quotes",
    'A="an \\"inner\\" quote"': 'an "inner" quote',
    "export A=shell": "shell",
    "A = spaced": "spaced",
    "A=postgres://u:p%23w@host/name?x=1#y": "postgres://u:p%23w@host/name?x=1#y",
    "A=it's": "it's",
}


@pytest.mark.parametrize(("line", "value"), LINES.items())
def test_one_line(tmp_path, line, value):
    (tmp_path / ".env").write_text(f"# a comment\n\n{line}\n  # another\n")
    assert read_env_file(tmp_path / ".env") == {"A": value}


def test_without_a_file_nothing_is_set(tmp_path):
    assert read_env_file(tmp_path / ".env") == {}


def test_a_line_that_sets_nothing_is_named(tmp_path):
    (tmp_path / ".env").write_text("A=1\nALLOWED_HOSTS creator.example\n1A=x\n")
    with pytest.raises(ConfigError) as refused:
        read_env_file(tmp_path / ".env")
    assert str(refused.value).splitlines() == [f"line {n} of .env must be NAME=value" for n in (2, 3)]


def test_the_example_sets_nothing_until_a_line_is_uncommented(tmp_path):
    example = (ROOT / ".env.example").read_text()
    assert read_env_file(ROOT / ".env.example") == {}
    (tmp_path / ".env").write_text(re.sub(r"^#(?=\w+=)", "", example, flags=re.MULTILINE))
    assert read_env_file(tmp_path / ".env")["DEFAULT_FROM_EMAIL"] == "Creator <creator@localhost>"

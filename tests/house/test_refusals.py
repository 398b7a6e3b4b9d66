"""Every refusal in the code has a known code and speaks in full sentences."""

import ast

import pytest

from creator.http.ways_on import TITLES
from creator.lib.errors import STATUS
from tests.house.tree import texts

OURS = {name: code for name, code in texts(".py").items() if not name.startswith(("tests/", "benchmarks/"))}


def refusals_of(code: str) -> list[tuple[int, str, str]]:
    """Returns line, code and message of every `Refused("code", "message")`; a value in a message becomes `1`."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    named = [call for call in calls if getattr(call.func, "id", "") == "Refused" and len(call.args) > 1]
    return [
        (call.lineno, call.args[0].value if isinstance(call.args[0], ast.Constant) else "gone", message)
        for call in named
        if (message := text_of(call.args[1]))
    ]


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "1" for part in node.values)
    return ""


def is_sentence(text: str) -> bool:
    """A value after a full stop is a sentence of its own, such as the way on that `billing.selling` says."""
    said = text.removesuffix(" 1") if text.endswith(". 1") else text
    return (said[:1].isupper() or said[:1] in "1“") and said.endswith((".", "!")) and len(said.split()) > 2


def wrong(code: str) -> list[tuple[int, str, str]]:
    return [found for found in refusals_of(code) if not is_sentence(found[2]) or found[1] not in STATUS]


def test_every_refusal_is_a_sentence():
    assert {name: found for name, code in OURS.items() if (found := wrong(code))} == {}


def test_the_rule_finds_what_it_is_for():
    assert (
        len(wrong('Refused("gone", "no")\nRefused("gone", f"{n}")\nRefused("missing", "It is not there.")'))
        == 3
    )
    assert wrong('Refused("gone", f"{name} is not there any more.")') == []


@pytest.mark.parametrize("code", STATUS)
def test_every_code_has_a_headline(code):
    assert TITLES[code]


def test_every_refusal_is_made_where_it_is_raised():
    assert {name: lines for name, code in OURS.items() if (lines := raised_constants(code))} == {}


def raised_constants(code: str) -> list[int]:
    """Lines that raise a constant: each raise adds frames, and with them the request, to one exception that stays."""
    raises = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Raise)]
    return [node.lineno for node in raises if isinstance(node.exc, ast.Name) and node.exc.id.isupper()]


def test_the_rule_finds_raised_constants():
    assert raised_constants(
        "raise GONE\nraise GONE from error\nraise Refused('gone', GONE)\nraise error"
    ) == [1, 2]

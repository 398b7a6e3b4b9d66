"""docs/logs.md names only events that exist, and names every event of jobs and nodes."""

import ast
import re

from tests.house.tree import ROOT, texts

NAMED = set(
    re.findall(
        r"`([a-z]+(?:_[a-z]+)*)`",
        "".join(re.findall(r"^\| (`[^|]+) \|", (ROOT / "docs/logs.md").read_text(), re.M)),
    )
)
METHODS = {"debug", "info", "warning", "error", "exception"}


def events_of(code: str) -> set[str]:
    """The event names: the first argument of every `log.info(…)` or other log call, and the name that `one_by_one` logs."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    names = [call.args[0] for call in calls if is_log_call(call.func) and call.args]
    for call in calls:
        if getattr(call.func, "id", "") == "one_by_one":
            names += [word.value for word in call.keywords if word.arg == "name"]
    return {name.value for name in names if isinstance(name, ast.Constant)}


def is_log_call(called: ast.expr) -> bool:
    return (
        isinstance(called, ast.Attribute)
        and called.attr in METHODS
        and getattr(called.value, "id", "") == "log"
    )


def logged() -> set[str]:
    ours = [code for name, code in texts(".py").items() if not name.startswith(("tests/", "benchmarks/"))]
    return set().union(*map(events_of, ours))


def test_what_is_named_is_logged():
    assert NAMED - logged() == set()


def test_every_event_of_jobs_and_nodes_is_named():
    assert {name for name in logged() if name.startswith(("job_", "node_"))} - NAMED == set()

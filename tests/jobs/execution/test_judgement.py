"""Runs every row of the table in docs/when-a-node-dies.md through `judge`."""

import pytest

from jobs import comfy
from jobs.comfy import ComfyError
from jobs.execution import judgement
from jobs.execution.facts import Facts
from jobs.execution.judgement import MOST_ATTEMPTS, MOST_INTERRUPTS, Act, Blame, Ending, judge
from tests.house.tree import ROOT

PAGE = (ROOT / "docs/when-a-node-dies.md").read_text()
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.partition("| error | how far |")[2].partition("\n\n")[0].splitlines()[2:]
]
FACTS = {
    "not accepted": {},
    "perhaps accepted": {},
    "accepted": {"accepted": True},
    "started": {"started": True},
    "made": {"made": True, "adopted_saving": True},
    "adopted": {"adopted": True},
    "a death before": {"deaths": 1},
    "last try": {"faults": 2},
    "25 attempts": {"attempts": MOST_ATTEMPTS},
    "4 interrupts": {"interrupts": MOST_INTERRUPTS - 1},
    "taken down": {"in_service": False},
    "refused": {"refused": True},
    "others": {"others": True},
}


def error_of(name: str, known: list[str]) -> Exception:
    if name == "storage error":
        return OSError("no space left on the bucket")
    if name == "any other":
        return ZeroDivisionError()
    kind = getattr(comfy, name.strip("`"), None) or getattr(judgement, name.strip("`"))
    if issubclass(kind, ComfyError):
        return kind(outcome_unknown="perhaps accepted" in known)
    return kind("said so")


def facts_of(known: list[str]) -> Facts:
    given = {"tries": 3}
    for each in known:
        given |= FACTS[each]
    return Facts(**given)


def told(ending: Ending) -> tuple[str, ...]:
    """Return the ending as the table writes it: job, attempt, counts, node."""
    if ending.act is Act.REQUEUE:
        job = "queued" if ending.backoff_after is None else "queued after a pause"
    else:
        job = f"`{ending.code}`" + (", prompt dropped" if ending.stop_prompt else "")
    counts = [word for word, counted in (("a try", ending.fault), ("a death", ending.death)) if counted]
    return job, ending.outcome.value, ", ".join(counts) or "nothing", ending.blame.value


@pytest.mark.parametrize(("error", "known", "job", "attempt", "counts", "node"), ROWS)
def test_the_ending_is_the_one_in_the_table(error, known, job, attempt, counts, node):
    known = known.split(", ")
    assert told(judge(error_of(error, known), facts_of(known))) == (job, attempt, counts, node)


def test_the_table_names_every_error_that_a_run_may_end_by():
    """The table omits NodeOccupied, which only probes raise, and the base class, which names no particular error."""
    raised = {
        name
        for name, kind in vars(comfy).items()
        if isinstance(kind, type) and issubclass(kind, ComfyError) and kind is not ComfyError
    }
    named = {row[0].strip("`") for row in ROWS}
    assert raised - {"NodeOccupied"} <= named
    assert {"Recalled", "RunTooLong", "KillsWorkers", "storage error", "any other"} <= named


def test_the_table_shows_every_way_to_blame_and_every_act():
    endings = [judge(error_of(row[0], row[1].split(", ")), facts_of(row[1].split(", "))) for row in ROWS]
    assert {ending.blame for ending in endings} == set(Blame)
    assert {ending.act for ending in endings} == set(Act)


@pytest.mark.parametrize(("faults", "backoff"), [(0, 0), (1, 1)])
def test_pauses_grow_with_the_tries_that_were_used_up(faults, backoff):
    ending = judge(comfy.OutOfMemory(), Facts(accepted=True, started=True, faults=faults))
    assert ending.backoff_after == backoff


@pytest.mark.parametrize("attempts", [1, 2, 9])
def test_pauses_without_blame_grow_with_the_attempts(attempts):
    assert judge(comfy.NodeUnreachable(), Facts(attempts=attempts)).backoff_after == attempts - 1

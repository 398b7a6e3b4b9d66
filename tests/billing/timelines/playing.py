"""Plays a timeline and compares each step with what was written."""

from __future__ import annotations

from billing.ledger import find_drift
from tests.billing.timelines import buying, living
from tests.billing.timelines.looking import look_at, mails_to
from tests.billing.timelines.phrases import act
from tests.billing.timelines.stage import Stage
from tests.billing.timelines.tables import Timeline

__all__ = ["buying", "living", "play"]  # the modules register their phrases


def play(timeline: Timeline, stage: Stage) -> list[str]:
    """Plays it to its end. Returns each cell that is not as it was written; at the end the ledger adds up."""
    found = []
    for step in timeline.steps:
        mails_before = len(mails_to(stage.person)) if hasattr(stage, "person") else 0
        act(stage, step.what, step.at)
        seen = look_at(stage.person, mails_before=mails_before)
        found += [
            f"{step.at:%Y-%m-%d %H:%M} {step.what}: {name} is {seen[name]!r}, written is {written!r}"
            for name, written in step.seen.items()
            if seen[name] != written
        ]
    return found + [f"drift: {each}" for each in find_drift()]

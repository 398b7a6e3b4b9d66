"""The phrases of the tables. Each is a function, called with the stage, the moment and the phrase's own words.

A function lets time pass until its moment, does what the phrase says, and lets everything come to rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from tests.billing.timelines.stage import Stage

Act = Callable[..., None]
_ACTS: dict[re.Pattern[str], Act] = {}


def phrase(pattern: str) -> Callable[[Act], Act]:
    """Registers a function for the cells that match as a whole."""

    def keep(act: Act) -> Act:
        _ACTS[re.compile(pattern)] = act
        return act

    return keep


def act(stage: Stage, what: str, at: datetime) -> None:
    """Does what the cell says, at this moment. Raises LookupError unless exactly one phrase fits."""
    found = [(each, match) for pattern, each in _ACTS.items() if (match := pattern.fullmatch(what))]
    if len(found) != 1:
        raise LookupError(f"{len(found)} phrases for “{what}”")
    [(each, match)] = found
    each(stage, at, **match.groupdict())

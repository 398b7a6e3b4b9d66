"""Whose turn it is: one at a time for each person, and of those who wait, the person who used least lately.

Pure: the caller says what time it is, in seconds of any clock that only moves forward.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

HALF_LIFE_S = 10.0
"""After so long, half of what a person used is forgotten. Short, or somebody with many photos would wait too long
behind people who have just come."""
_FORGOTTEN_S = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place in the queue, and then a turn: `person` has waited since `since`."""

    person: str
    since: float


class FairQueue:
    """At most `slots` turns at a time, and at most one for each person.

    A person who asks for 30 turns makes another wait for the end of one of them at most.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._waiting: dict[str, deque[Place]] = {}
        self._turns: dict[str, tuple[Place, float]] = {}
        self._used: dict[str, tuple[float, float]] = {}

    def join(self, person: str, now: float) -> Place:
        """Returns a place at the end of this person's own line."""
        place = Place(person, now)
        self._waiting.setdefault(person, deque()).append(place)
        return place

    def call(self, now: float) -> Place | None:
        """Gives the next turn; None if no slot is free or nobody may have it."""
        free = len(self._turns) < self.slots
        firsts = [line[0] for person, line in self._waiting.items() if free and person not in self._turns]
        if not firsts:
            return None
        place = min(firsts, key=lambda first: (self.used(first.person, now), first.since))
        self._step_out(place)
        self._turns[place.person] = place, now
        return place

    def leave(self, place: Place, now: float) -> None:
        """Gives up the place, or ends the turn and counts the time it took."""
        turn = self._turns.get(place.person)
        if turn is None or turn[0] is not place:
            self._step_out(place)
            return
        del self._turns[place.person]
        self._used[place.person] = self.used(place.person, now) + now - turn[1], now
        for person in [each for each in self._used if self.used(each, now) < _FORGOTTEN_S]:
            del self._used[person]

    def used(self, person: str, now: float) -> float:
        """Returns the seconds of turns that this person had, halved for each HALF_LIFE_S since."""
        seconds, at = self._used.get(person, (0.0, now))
        return float(seconds * 0.5 ** ((now - at) / HALF_LIFE_S))

    def _step_out(self, place: Place) -> None:
        line = self._waiting.get(place.person, deque())
        if place in line:
            line.remove(place)
        if not line:
            self._waiting.pop(place.person, None)

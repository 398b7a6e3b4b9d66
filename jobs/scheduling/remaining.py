"""How long the node will still need for a prompt that it has begun."""

from __future__ import annotations

from dataclasses import dataclass

# Below this fraction the first step's own time would decide everything.
LEAST_FRACTION = 0.05


@dataclass(frozen=True)
class Begun:
    """A prompt on its node: seconds since it began, and the fraction done as reported at `reported_s` of them."""

    elapsed_s: float
    fraction: float = 0.0
    reported_s: float = 0.0

    def seconds_left(self, expected_s: float | None) -> float | None:
        """Seconds until the node is done. None if nothing is known, or if it takes longer than was estimated.

        `expected_s` is what past runs took. What was left at the last report is the rest of the whole; since
        then time has passed.
        """
        if self.fraction < LEAST_FRACTION or self.reported_s <= 0:
            left = expected_s - self.elapsed_s if expected_s else 0.0
        else:
            left = (1 - self.fraction) * self._whole(expected_s) - (self.elapsed_s - self.reported_s)
        return left if left > 0 else None

    def _whole(self, expected_s: float | None) -> float:
        """Seconds of the whole run: what past runs took, corrected by the pace of this one.

        The pace counts more as the time passes that past runs took, and alone from there on: first steps that
        took a moment, since the node had their results cached, say little about the rest. The mean is the
        weighted geometric one, because the two may differ by factors.
        """
        at_its_pace = self.reported_s / self.fraction
        if not expected_s:
            return at_its_pace
        weight = min(1.0, self.reported_s / expected_s)
        return float(expected_s ** (1 - weight) * at_its_pace**weight)

"""The world in a file, so that customers whom an installation knows are still there after a restart."""

from __future__ import annotations

import json
from pathlib import Path

from billing.stripe_fake.world import World


class Store:
    """Keeps a world in one file of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)

    def load(self, world: World) -> None:
        """Fills the world with what was saved, if anything was."""
        if self._path.exists():
            saved = json.loads(self._path.read_text())
            world.rows, world.hidden, world.events = saved["rows"], saved["hidden"], saved["events"]
            world.answers.kept = saved["answers"]

    def save(self, world: World) -> None:
        """Replaces the file as a whole."""
        with world.at_work():
            saved = {
                "rows": world.rows,
                "hidden": world.hidden,
                "events": world.events,
                "answers": world.answers.kept,
            }
            text = json.dumps(saved)
        new = self._path.with_suffix(".new")
        new.write_text(text)
        new.replace(self._path)

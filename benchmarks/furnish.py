"""Sets up an installation's tables, presets and nodes in one process, which starts Django only once.

`python -m benchmarks.furnish '{"presets": ["trial_colour"], "nodes": {"node-0": "http://127.0.0.1:8188"}}'`
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

PRESETS = Path(__file__).parent / "presets"


def furnish(*, presets: Sequence[str], nodes: Mapping[str, str]) -> None:
    """Runs the management commands that set up an installation. `nodes`: name → address."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for preset in presets:
        call_command("presets", "import", str(PRESETS / preset))
    for name, url in nodes.items():
        call_command("nodes", "add", url, "--name", name)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    furnish(**json.loads(sys.argv[1]))


if __name__ == "__main__":
    main()

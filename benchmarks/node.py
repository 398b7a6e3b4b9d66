"""The CPU node with a log of its own of what it ran, outside the product: one JSON line per prompt.

`python -m benchmarks.node --notes FILE …`, else as `python -m jobs.cpu_node`. Times in seconds since 1970.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.cpu_node import server
from jobs.cpu_node.execution import Executor
from jobs.cpu_node.prompts import Prompt, Result


def note_prompts(path: Path) -> None:
    """Makes every run of a prompt leave a line: its id, where it saves, start, end, how it ended."""
    run = Executor.run

    def run_and_note(executor: Executor, prompt: Prompt) -> Result:
        started = time.time()
        result = run(executor, prompt)
        prefixes = [node["inputs"].get("filename_prefix") for node in prompt.graph.values()]
        note = {
            "prompt_id": prompt.id,
            "prefix": next((prefix for prefix in prefixes if prefix), ""),
            "started": started,
            "ended": time.time(),
            "status": result.status,
        }
        with path.open("a") as notes:
            notes.write(json.dumps(note) + "\n")
        return result

    Executor.run = run_and_note  # type: ignore[method-assign, assignment]  # the point of this wrapper


def read_notes(path: Path) -> list[dict]:
    """The prompts a node ran, in order. A last line that is still being written is left out."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def noted_job(note: Mapping[str, Any]) -> str:
    """The id of the job whose prompt it was: the product saves as `jobs/<job>/<attempt>/out`. Empty for any other prompt."""
    root, _, rest = str(note["prefix"]).partition("/")
    return rest.partition("/")[0] if root == "jobs" else ""


def main() -> None:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--notes", type=Path, required=True)
    options, rest = parser.parse_known_args(sys.argv[1:])
    note_prompts(options.notes)
    server.main([*rest, "--with-parent"])


if __name__ == "__main__":
    main()

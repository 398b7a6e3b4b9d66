"""The CPU node, extended to log every prompt that it ran as one JSON line, independently of the product.

`python -m benchmarks.node --notes FILE …`, with the other options of `python -m jobs.cpu_node`. Times are in
seconds since 1970.
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
    """Makes every run of a prompt write a line: id, prefix of the output file, start, end and status."""
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
    """The prompts that a node ran, in order. Skips a last line that is still being written."""
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def noted_job(note: Mapping[str, Any]) -> str:
    """The id of the prompt's job: the product saves as `jobs/<job>/<attempt>/out`.

    Empty for any other prompt.
    """
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

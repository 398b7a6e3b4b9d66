"""How another process of the product starts a CPU node as its child."""

from __future__ import annotations

import sys
from pathlib import Path

READY = "CPU node ready on "
"""The start of the line that a node prints when it accepts requests; its address follows."""

SECRET_OPTION = "--secret-from-parent"  # noqa: S105  its name, not its value
"""With it, the node reads a line with its secret from standard input after that line, before it answers anything."""


def child_command(data_dir: Path | str, *options: str, port: int = 0) -> list[str]:
    """The command line of a node that ends with its parent. Port 0 is a free one."""
    node = [sys.executable, "-m", "jobs.cpu_node", "--port", str(port), "--data-dir", str(data_dir)]
    return [*node, "--with-parent", *options]

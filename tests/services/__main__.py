"""`python -m tests.services [FILE]` starts all four servers and prints their environment variables.

With FILE it also writes the variables to that file. Ctrl+C stops the servers.

`python -m tests.services -- COMMAND…` runs a command with the servers and exits with its status. If the
environment already has all the addresses, no servers are started.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.services.process import Missing
from tests.services.stack import Stack


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    stack = Stack()
    given = all(os.environ.get(name) for name in stack.environ)
    try:
        if not given:
            stack.start()
        return run(sys.argv[2:], {} if given else stack.environ) if "--" in sys.argv else show(stack)
    except KeyboardInterrupt:
        return 130
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    finally:
        stack.close()


def run(command: list[str], environ: dict[str, str]) -> int:
    return subprocess.run(command, env={**os.environ, **environ}, check=False).returncode


def show(stack: Stack) -> int:
    lines = "\n".join(f"export {name}='{value}'" for name, value in stack.environ.items())
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(f"{lines}\n")
    print(f"{lines}\n# Servers are on. Ctrl+C ends them.", flush=True)
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())

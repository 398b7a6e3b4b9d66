"""The CPU node, which serves the content of a file in place of every picture that it saves.

`python -m tests.e2e.attack.lying_node FILE …`, with the options of `python -m jobs.cpu_node`.
"""

import sys
from pathlib import Path

from jobs.cpu_node import server
from jobs.cpu_node.faults import Faults

if __name__ == "__main__":
    lie = Path(sys.argv[1])
    Faults.write_output = lambda _, path, __: path.write_bytes(lie.read_bytes())  # type: ignore[method-assign, assignment]
    server.main([*sys.argv[2:], "--with-parent"])

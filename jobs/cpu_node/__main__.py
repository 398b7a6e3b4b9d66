"""`python -m jobs.cpu_node`: the node without Django."""

from jobs.cpu_node.server import main

main()

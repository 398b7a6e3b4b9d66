"""`python -m jobs.cpu_node` runs the node without Django."""

from jobs.cpu_node.server import main

main()

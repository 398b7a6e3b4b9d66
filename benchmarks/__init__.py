"""Benchmarks and chaos runs, which test the running product from outside.

`python -m benchmarks.chaos` kills and pauses the product and counts lost work; `python -m benchmarks.run`
measures its speed and compares it with a minimal client of the same node. Harnesses start processes, drive
them as a client would, and read rows, files and the node's own log at the end. The product does not import
this package or depend on it.
"""

"""Proof by figures: what the product promises, measured on the running product from outside.

`python -m benchmarks.chaos` kills and pauses it and counts what is lost; `python -m benchmarks.run` measures how fast it is
beside a minimal client of the same node. Harnesses start processes, drive them as a browser would and read rows, files and
the node's own log at the end. Nothing here is imported by the product, and no product code knows of it.
"""

"""Runs a claimed job: watches its prompt, fetches, verifies and encodes the output, and ends the job.

Which job is claimed is not decided here but in `jobs.scheduling`.
"""

from jobs.execution.runner import run_claim

__all__ = ["run_claim"]

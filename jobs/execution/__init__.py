"""The run: from a claimed job to its result. Collecting, verifying and encoding live here; who may claim does not."""

from jobs.execution.runner import run_claim

__all__ = ["run_claim"]

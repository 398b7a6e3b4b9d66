"""The transitions of a job and their events: submit, claim, adopt, finish, fail, requeue and cancel.

Only this package writes `Job.status`. Each transition is one guarded UPDATE; 0 rows mean that it did not
happen. Every write of a worker carries the worker's token. Nothing here may talk to nodes, storage or
sockets.
"""

from jobs.lifecycle.adopt import adopt_orphan, has_orphans
from jobs.lifecycle.cancel import CancelAnswer, cancel_batch, cancel_job
from jobs.lifecycle.claim import Claim, claim_job
from jobs.lifecycle.credits import lines_of_jobs
from jobs.lifecycle.finish import NewArtifact, fail_job, fail_waiting, finish_failed, finish_job, requeue_job
from jobs.lifecycle.lease import give_up_leases, read_leases, renew_leases
from jobs.lifecycle.plan_changes import follow_edit, follow_plan
from jobs.lifecycle.progress import enter_stage, free_slot, report_progress
from jobs.lifecycle.repeat import retry_job, vary_job
from jobs.lifecycle.request import MOST_VARIATIONS, JobRequest, check_request
from jobs.lifecycle.submit import submit_batch
from jobs.lifecycle.transitions import NO_CAUSE, Cause
from jobs.lifecycle.user_queue import lock_queue, set_webhook_events, want_ends

__all__ = [
    "MOST_VARIATIONS",
    "NO_CAUSE",
    "CancelAnswer",
    "Cause",
    "Claim",
    "JobRequest",
    "NewArtifact",
    "adopt_orphan",
    "cancel_batch",
    "cancel_job",
    "check_request",
    "claim_job",
    "enter_stage",
    "fail_job",
    "fail_waiting",
    "finish_failed",
    "finish_job",
    "follow_edit",
    "follow_plan",
    "free_slot",
    "give_up_leases",
    "has_orphans",
    "lines_of_jobs",
    "lock_queue",
    "read_leases",
    "renew_leases",
    "report_progress",
    "requeue_job",
    "retry_job",
    "set_webhook_events",
    "submit_batch",
    "vary_job",
    "want_ends",
]

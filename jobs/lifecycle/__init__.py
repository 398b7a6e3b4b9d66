"""The only writer of `Job.status`: submit, claim, adopt, finish, fail, requeue, cancel, and the events they leave.

Every write of a worker carries its token; one guarded UPDATE decides, and 0 rows means it did not happen.
Nothing here talks to nodes, storage or sockets.
"""

from jobs.lifecycle.adopt import adopt_orphan, has_orphans
from jobs.lifecycle.cancel import CancelAnswer, cancel_batch, cancel_job, end_cancelled
from jobs.lifecycle.claim import Claim, Placement, claim_placed
from jobs.lifecycle.enqueue import follow_plan, jobs_of
from jobs.lifecycle.finish import NewArtifact, fail_job, finish_job, requeue_job
from jobs.lifecycle.lease import give_up_leases, renew_leases
from jobs.lifecycle.progress import enter_stage, free_slot, report_progress
from jobs.lifecycle.repeat import retry_job, vary_job
from jobs.lifecycle.submit import MOST_VARIATIONS, check_batch, submit_batch

__all__ = [
    "MOST_VARIATIONS",
    "CancelAnswer",
    "Claim",
    "NewArtifact",
    "Placement",
    "adopt_orphan",
    "cancel_batch",
    "cancel_job",
    "check_batch",
    "claim_placed",
    "end_cancelled",
    "enter_stage",
    "fail_job",
    "finish_job",
    "follow_plan",
    "free_slot",
    "give_up_leases",
    "has_orphans",
    "jobs_of",
    "renew_leases",
    "report_progress",
    "requeue_job",
    "retry_job",
    "submit_batch",
    "vary_job",
]

"""Jobs of all users from the command line: which wait or failed and why, and cancel, finish, retry and vary."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any
from uuid import UUID

from accounts.emails import normal
from creator.lib.action_command import ActionCommand
from creator.lib.errors import Refused
from jobs.enums import FailureCode, JobStatus
from jobs.execution.finishing import finish_from_node
from jobs.lifecycle import cancel_batch, cancel_job, retry_job, vary_job
from jobs.management.job_table import story_of, table_of
from jobs.models import Batch, Job

SHOWN = 30


class Command(ActionCommand):
    help = "Lists jobs, shows the history of one, cancels, finishes, retries and varies jobs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        show = actions.add_parser("list", help="the newest jobs, and why they wait or failed")
        show.add_argument("--status", choices=JobStatus.values)
        show.add_argument(
            "--error", choices=FailureCode.values, help="only jobs that failed with this code, such as poison"
        )
        show.add_argument("--owner", metavar="EMAIL")
        show.add_argument("--limit", type=int, default=SHOWN)
        for action, help_text in (
            ("show", "events, attempts and prompts of a job"),
            ("cancel", "cancel a job and print what that achieved"),
            ("cancel_batch", "cancel every job of a batch and count the results"),
            ("finish", "save the picture of a job that failed only in saving; nothing is charged"),
            ("retry", "make a new job with the same seed, charged to its owner"),
            ("vary", "make a new job with another seed, charged to its owner"),
        ):
            act = actions.add_parser(action, help=help_text)
            act.add_argument("id", type=UUID)
            if action == "vary":
                act.add_argument("--seed", type=int)

    def _list(self, options: dict[str, Any]) -> None:
        asked = {
            "status": options["status"],
            "error_code": options["error"],
            "owner__email": options["owner"] and normal(options["owner"]),
        }
        found = Job.objects.filter(**{name: value for name, value in asked.items() if value})
        rows = found.select_related("owner", "progress", "preset_version").prefetch_related("attempts__node")
        jobs = list(rows.order_by("-created_at")[: max(0, options["limit"])])
        for line in table_of(jobs) if jobs else ["There are no such jobs."]:
            self.stdout.write(line)

    def _show(self, options: dict[str, Any]) -> None:
        for line in story_of(_job(options["id"])):
            self.stdout.write(line)

    def _cancel(self, options: dict[str, Any]) -> None:
        self.stdout.write(cancel_job(job=_job(options["id"]), by_staff=True))

    def _cancel_batch(self, options: dict[str, Any]) -> None:
        batch = Batch.objects.filter(pk=options["id"]).first()
        if batch is None:
            raise Refused("not_found", f"There is no batch {options['id']}.")
        for answer, number in sorted(cancel_batch(batch=batch, by_staff=True).items()):
            self.stdout.write(f"{answer} {number}")

    def _finish(self, options: dict[str, Any]) -> None:
        job = _job(options["id"])
        finish_from_node(job)
        self.stdout.write(f"{job.name} is finished and saved. Nothing was charged.")

    def _retry(self, options: dict[str, Any]) -> None:
        self._repeat(retry_job, job=_job(options["id"]))

    def _vary(self, options: dict[str, Any]) -> None:
        self._repeat(vary_job, job=_job(options["id"]), seed=options["seed"])

    def _repeat(self, act: Callable[..., Job], **arguments: Any) -> None:
        self.stdout.write(str(act(**arguments).id))


def _job(job_id: UUID) -> Job:
    job = Job.objects.select_related("owner").filter(pk=job_id).first()
    if job is None:
        raise Refused("not_found", f"There is no job {job_id}.")
    return job

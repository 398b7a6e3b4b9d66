from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request

from billing.models import CreditAccount
from billing.plans import limits_of_plan
from billing.queries import QuotaNotice
from creator.api.fields import AnswerFields, whole_address
from jobs.api.schemas.jobs import JobAnswer, WholeJob, whole_jobs
from jobs.streaming.home import Entry, Home


@dataclass(frozen=True)
class ShownEntry:
    """What is in progress: one job, or a batch of several as a whole."""

    entry: Entry
    title: str
    word: str
    percent: float
    words: str
    status_url: str


class EntryAnswer(AnswerFields):
    """A job or batch in progress. Exactly one of `job_id` and `batch_id` is set; `eta` and `position` may be null."""

    job_id = serializers.UUIDField(source="entry.job.id", default=None, allow_null=True)
    batch_id = serializers.UUIDField(source="entry.batch.counts.id", default=None, allow_null=True)
    title = serializers.CharField()
    word = serializers.CharField()
    percent = serializers.FloatField()
    words = serializers.CharField(allow_blank=True)
    position = serializers.IntegerField(source="entry.estimated.position", default=None, allow_null=True)
    eta = serializers.IntegerField(source="entry.estimated.eta", default=None, allow_null=True)
    status_url = serializers.URLField()


class QuotaAnswer(AnswerFields):
    """Since a warning: how many more pictures like the last one can be started, and jobs of the plan in the period."""

    pictures_left = serializers.IntegerField(source="left")
    jobs_left = serializers.IntegerField()


class DashboardAnswer(AnswerFields):
    """What the home page shows: work in progress, oldest first; the newest finished jobs; what is left to spend."""

    open_jobs = serializers.IntegerField(source="home.open")
    parallel_jobs = serializers.IntegerField()
    in_progress = EntryAnswer(many=True)
    results = JobAnswer(many=True)
    credits_available = serializers.IntegerField(source="account.available")
    period_ends_at = serializers.DateTimeField(source="account.period_ends_at", allow_null=True)
    quota = QuotaAnswer(allow_null=True)


@dataclass(frozen=True)
class Dashboard:
    home: Home
    account: CreditAccount
    quota: QuotaNotice | None
    in_progress: Sequence[ShownEntry]
    results: Sequence[WholeJob]

    @property
    def parallel_jobs(self) -> int:
        """How many jobs the plan runs at the same time."""
        return limits_of_plan(self.account.plan).parallel_jobs


def dashboard_of(
    request: Request, home: Home, account: CreditAccount, quota: QuotaNotice | None
) -> Dashboard:
    entries = [_shown(request, each) for each in home.entries]
    return Dashboard(home, account, quota, entries, whole_jobs(request, home.results))


def _shown(request: Request, entry: Entry) -> ShownEntry:
    if entry.batch:
        batch = entry.batch
        path = reverse("api_batch", args=[batch.counts.id])
        words = (batch.title, batch.word, batch.percent, batch.words)
    else:
        assert entry.job
        assert entry.now
        path = reverse("api_job", args=[entry.job.id])
        words = (entry.job.name, entry.now.word, entry.now.percent, entry.now.words)
    return ShownEntry(entry, *words, whole_address(request, path))

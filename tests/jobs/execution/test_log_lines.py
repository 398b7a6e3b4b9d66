"""Every line that a worker logs while it runs a job names the job, whichever module logs it."""

import pytest
from django.core.files.storage import default_storage
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from tests.jobs.execution.running import run_once
from tests.jobs.execution.test_away import failing
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def told(act) -> list[tuple[str, str | None]]:
    with capture_logs(processors=[merge_contextvars]) as logs:
        act()
    return [(line["event"], line.get("job_id")) for line in logs]


def test_a_run_with_a_hiccup(cast, slow, node, monkeypatch):
    job = rows.submit_one(cast.owner, slow)
    failing(monkeypatch, default_storage, "save", OSError(5, "away"), 1)
    mine = str(job.id)
    assert told(run_once) == [("job_claimed", mine), ("tried_again", mine), ("job_completed", mine)]


def test_a_run_that_the_node_fails(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    node.set_faults(truncated_output=True)
    events = told(run_once)
    assert {job_id for _, job_id in events} == {str(job.id)}
    assert [event for event, _ in events][-1] == "job_requeued"


def test_the_next_line_after_a_run_names_it_no_more(cast, slow, node):
    rows.submit_one(cast.owner, slow)
    run_once()
    assert merge_contextvars(None, "info", {}) == {}

"""Jobs whose picture was made and not saved: the node keeps it, nothing is charged, and staff finish the job."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from billing.ledger import find_drift
from billing.models import CreditAccount, Hold
from creator.lib.errors import Refused
from jobs.enums import FailureCode
from jobs.execution import run_claim, saving
from jobs.execution.finishing import finish_from_node
from jobs.lifecycle import adopt_orphan, cancel_job, fail_job, free_slot
from jobs.models import Attempt, Job, Node
from jobs.nodes import clear_nodes
from jobs.results.making import DecoderFailed
from jobs.worker import next_claim
from tests.jobs.execution.running import fresh, run_of, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def lose_the_savers(job):
    """Make the picture, and lose as many holders while they save it as a job has tries."""
    claim = next_claim()
    run_of(claim).start()
    assert free_slot(claim, gpu_seconds=0.1)
    for _ in range(settings.CONFIG.job_attempts):
        rows.expire_lease(job)
        claim = adopt_orphan()
    run_claim(claim)


def break_the_storage(job, monkeypatch):
    def full(*_):
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(saving, "_put", full)
        run_to_end(job)


def break_the_encoding(job, monkeypatch):
    def too_large(*_, **__):
        raise DecoderFailed("status 1: MemoryError")

    with monkeypatch.context() as patch:
        patch.setattr(saving, "make_result", too_large)
        run_to_end(job)


CAUSES = {
    "workers that die": (lambda job, _: lose_the_savers(job), "unsaved"),
    "memory": (break_the_encoding, "unsaved"),
    "storage": (break_the_storage, "storage_error"),
}


@pytest.fixture(params=CAUSES)
def unsaved(request, cast, slow, node, monkeypatch):
    """A job that failed because its finished picture could not be saved."""
    job, (fail, code) = rows.submit_one(cast.owner, slow), CAUSES[request.param]
    fail(job, monkeypatch)
    job = fresh(job)
    assert (job.status, job.error_code) == ("failed", code)
    return job


def charges(job):
    account = CreditAccount.objects.get(owner=job.owner)
    states = set(Hold.objects.filter(reference=f"job:{job.id}").values_list("state", flat=True))
    return account.reserved, account.spent, states, find_drift()


def test_staff_finish_it_and_nothing_is_charged(unsaved, node):
    posts = node.posts()
    assert charges(unsaved) == (0, 0, {"released"}, [])
    finish_from_node(unsaved)
    job = fresh(unsaved)
    assert (job.status, job.error_code, job.error_message) == ("completed", "", "")
    assert sorted(job.artifacts.values_list("kind", flat=True)) == ["preview", "result", "thumbnail"]
    assert all(default_storage.exists(artifact.key) for artifact in job.artifacts.all())
    assert [event.status for event in job.events.all()][-2:] == ["failed", "completed"]
    assert charges(unsaved) == (0, 0, {"released"}, [])
    assert rows.counts(job.owner) == (0, 0)
    assert node.posts() - posts == 1  # the post of `posts` itself: nothing ran again


def test_it_is_finished_once(unsaved):
    finish_from_node(unsaved)
    before = rows.all_rows(unsaved)
    for job in (unsaved, fresh(unsaved)):  # as read before the first finish, and after it
        with pytest.raises(Refused):
            finish_from_node(job)
    assert rows.all_rows(unsaved) == before
    kept = {artifact.key.rsplit("/", 1)[0] for artifact in unsaved.artifacts.all()}
    (folder,) = kept
    tokens = default_storage.listdir(folder.rsplit("/", 1)[0])[0]
    assert sum(len(default_storage.listdir(f"results/{unsaved.id}/{token}")[1]) for token in tokens) == 3


def test_its_picture_is_not_cleared_from_the_node(unsaved):
    Attempt.objects.update(created_at=unsaved.created_at.replace(year=2020))
    clear_nodes()
    finish_from_node(unsaved)
    assert fresh(unsaved).status == "completed"


def test_the_command_says_what_it_did_and_why_not(cast, slow, node):
    def finish(job):
        out = StringIO()
        call_command("jobs", "finish", str(job.pk), stdout=out)
        return out.getvalue()

    job = rows.submit_one(cast.owner, slow)
    lose_the_savers(job)
    assert "Nothing was charged" in finish(job)
    with pytest.raises(CommandError, match="Only a job whose finished picture could not be saved"):
        finish(job)


@pytest.mark.parametrize("code", [FailureCode.POISON, FailureCode.NODE_ERROR, "cancelled", "queued"])
def test_no_other_job_is_finished(cast, slow, node, code):
    job = rows.submit_one(cast.owner, slow)
    if isinstance(code, FailureCode):
        fail_job(next_claim(), code)
    if code == "cancelled":
        cancel_job(job=job)
    before = rows.all_rows(job)
    with pytest.raises(Refused, match="Only a job whose finished picture"):
        finish_from_node(fresh(job))
    assert rows.all_rows(job) == before


def test_a_picture_that_its_node_has_lost_is_told(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    fail_job(next_claim(), FailureCode.UNSAVED)
    with pytest.raises(Refused, match="cpu-test no longer has the picture"):
        finish_from_node(fresh(job))
    Node.objects.update(url="http://127.0.0.1:9")
    with pytest.raises(Refused, match="cpu-test did not give us the picture"):
        finish_from_node(fresh(job))
    assert Job.objects.get().error_code == "unsaved"

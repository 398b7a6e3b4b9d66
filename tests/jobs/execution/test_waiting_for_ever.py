"""A node that says of a prompt, for ever, that it waits: neither job nor owner waits as long."""

from dataclasses import replace

import pytest

from jobs.comfy import ComfyClient, PromptState
from jobs.lifecycle import cancel_job
from jobs.models import Attempt, Node
from tests.jobs.execution.running import Holder, eventually, fresh
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def held(cast, slow, node, monkeypatch):
    """(job, holder) of a prompt that runs, though its node says that it waits and confirms every cancel."""
    monkeypatch.setattr("jobs.execution.watching.PromptWatch._record_started", lambda watch: None)
    monkeypatch.setattr(ComfyClient, "find", lambda client, prompt_id: PromptState("pending"))
    monkeypatch.setattr(ComfyClient, "cancel", lambda client, prompt_id: True)
    job = rows.submit_one(cast.owner, slow, parameters={"seconds": 30.0})
    return job, Holder(eventually(lambda: rows.claim(job, Node.objects.get())))


def test_a_cancel_that_was_confirmed_ends_the_job(held, node):
    job, holder = held
    eventually(node.queue)
    cancel_job(job=fresh(job))
    eventually(holder.has_ended)
    assert (fresh(job).status, Node.objects.get().losses) == ("cancelled", 0)


def test_a_prompt_waits_on_its_node_no_longer_than_the_setting_says(settings, held):
    job, holder = held
    settings.CONFIG = replace(settings.CONFIG, staged_timeout_seconds=0.3)
    eventually(holder.has_ended)
    attempt = Attempt.objects.get(job=job)
    assert (fresh(job).status, fresh(job).faults, attempt.error) == ("queued", 1, "NodeTimeout")

"""A run that cannot begin because of a fault of ours fails after some tries; it is not adopted for ever."""

import pytest
from django.conf import settings

from jobs.execution import run_claim
from jobs.models import Attempt, Job, PresetVersion
from tests.jobs.execution.running import fresh
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_tried_as_often_as_any_job_and_then_fails(cast, slow):
    job, node = rows.submit_one(cast.owner, slow), rows.make_node()
    PresetVersion.objects.update(manifest_json={"written by": "a newer release"})
    statuses = []
    for _ in range(settings.CONFIG.job_attempts):
        Job.objects.update(not_before=None)
        run_claim(rows.claim(job, node))
        statuses.append(fresh(job).status)
    assert statuses == ["queued", "queued", "failed"]
    assert fresh(job).error_code == "internal_error"
    assert Attempt.objects.filter(node_done_at=None).count() == 0

from __future__ import annotations

import uuid
from uuid import UUID

from django.db import connection
from django.utils import timezone

from jobs.enums import NodeState
from jobs.models import Attempt, Job

INSERT = """
INSERT INTO jobs_attempt (job_id, number, node_id, slot, need, warm, prompt_id, created_at, outcome)
SELECT job.id, COALESCE((SELECT MAX(number) FROM jobs_attempt WHERE job_id = job.id), 0) + 1,
       node.id, %s, job.need, node.last_need = job.need, %s, %s, ''
  FROM jobs_job AS job CROSS JOIN jobs_node AS node
 WHERE job.id = %s AND node.id = %s AND node.state = %s
    ON CONFLICT (node_id, slot) WHERE node_done_at IS NULL DO NOTHING
RETURNING id
"""


def begin_attempt(job_id: UUID, node_id: int, slot: int) -> int | None:
    """The next attempt of a job whose row the caller has locked, in this slot; None if the slot is taken or the node went off.

    One statement. A claim of the same slot that is not yet committed is waited for; no error aborts the transaction.
    """
    prompt = Attempt._meta.get_field("prompt_id").get_db_prep_value(uuid.uuid4(), connection)
    job = Job._meta.pk.get_db_prep_value(job_id, connection)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [slot, prompt, now, job, node_id, NodeState.ACTIVE])
        row = cursor.fetchone()
    return None if row is None else int(row[0])

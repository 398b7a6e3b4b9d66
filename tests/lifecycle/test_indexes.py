"""What is asked at each submit is found by indexes, however many jobs there are. Told by the planner, not by a clock."""

import pytest
from django.db import connection, transaction

from jobs.lifecycle import jobs_of

pytestmark = pytest.mark.django_db(transaction=True)
WHOLE_TABLE = {"postgresql": "Seq Scan on jobs_job", "sqlite": "SCAN jobs_job"}


def plan_of(queryset) -> str:
    """How the database would go about it, if it had rather do anything than read a whole table."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        return str(queryset.explain())


def test_the_jobs_of_a_batch_are_not_looked_for_among_all(job):
    assert WHOLE_TABLE[connection.vendor] not in plan_of(jobs_of(job.batch))


def test_twin_a_column_without_an_index_takes_the_whole_table(job):
    assert WHOLE_TABLE[connection.vendor] in plan_of(type(job).objects.filter(name="other"))

"""The queries of each submit use indexes, however many jobs there are. Checked by plan, not by timing."""

import pytest
from django.db import connection, transaction

from jobs.queries import jobs_of

pytestmark = pytest.mark.django_db(transaction=True)
WHOLE_TABLE = {"postgresql": "Seq Scan on jobs_job", "sqlite": "SCAN jobs_job"}


def plan_of(queryset) -> str:
    """Return the database's plan for the query, with sequential scans discouraged."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        return str(queryset.explain())


def test_the_jobs_of_a_batch_are_not_looked_for_among_all(job):
    assert WHOLE_TABLE[connection.vendor] not in plan_of(jobs_of(job.batch))


def test_twin_a_column_without_an_index_takes_the_whole_table(job):
    assert WHOLE_TABLE[connection.vendor] in plan_of(type(job).objects.filter(name="other"))

"""What the database itself refuses: raw SQL bypasses the application's code."""

import re
from itertools import permutations

import pytest
from django.db import IntegrityError, connection, transaction

from jobs.enums import UNFINISHED, FailureCode, JobStatus
from jobs.lifecycle.transitions import TRANSITIONS
from jobs.models import Job
from jobs.models.status_guard import BIRTH, REFUSAL
from tests.jobs.lifecycle import rows

LEGAL = {(str(old), str(new)) for old in JobStatus for new in TRANSITIONS[old]}
PAIRS = [(str(old), str(new)) for old, new in permutations(JobStatus, 2)]


def write_status(job, status):
    fields = {"status": status} | rows.fields_of(status)
    values = [Job._meta.get_field(name).get_db_prep_save(value, connection) for name, value in fields.items()]
    columns = ", ".join(f"{name} = %s" for name in fields)
    key = Job._meta.pk.get_db_prep_save(job.pk, connection)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE jobs_job SET {columns} WHERE id = %s", [*values, key])


def definition(name):
    """Return the trigger's definition in the migrated database."""
    queries = {
        "postgresql": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s",
        "sqlite": "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = %s",
    }
    with connection.cursor() as cursor:
        cursor.execute(queries[connection.vendor], [name])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair in LEGAL])
def test_a_move_of_the_table_is_made(job, old, new):
    rows.put_into(job, old)
    if (old, new) == ("failed", "completed"):
        Job.objects.update(error_code="unsaved")
    write_status(job, new)
    assert Job.objects.get(pk=job.pk).status == new


@pytest.mark.parametrize(("old", "new"), [pair for pair in PAIRS if pair not in LEGAL])
def test_any_other_is_refused(job, old, new):
    rows.put_into(job, old)
    with pytest.raises(IntegrityError, match=REFUSAL):
        write_status(job, new)
    assert Job.objects.get(pk=job.pk).status == old


@pytest.mark.parametrize("code", [code for code in FailureCode if code not in UNFINISHED])
def test_a_job_that_failed_otherwise_is_not_completed(job, code):
    rows.put_into(job, "failed")
    Job.objects.update(error_code=code)
    with pytest.raises(IntegrityError, match=REFUSAL):
        write_status(job, "completed")


def test_the_database_has_the_moves_of_the_table(db):
    assert set(re.findall(r"(\w+)>(\w+)'", definition("job_status_moves"))) == LEGAL
    assert set(re.findall(r"'(\w+)'", definition("job_status_moves").split("NOT IN")[-1])) >= {*UNFINISHED}


@pytest.mark.parametrize("status", [status for status in JobStatus if status != "queued"])
def test_a_job_is_born_queued(job, status):
    born = Job(owner_id=job.owner_id, preset_version=job.preset_version, seed=1, price=1, rank_at=job.rank_at)
    for name, value in ({"status": status} | rows.fields_of(status)).items():
        setattr(born, name, value)
    with pytest.raises(IntegrityError, match=BIRTH), transaction.atomic():
        born.save()
    assert Job.objects.count() == 1


def test_a_full_save_of_a_final_job_changes_no_status(job):
    rows.put_into(job, "failed").save()
    assert Job.objects.get(pk=job.pk).status == "failed"

"""A click that is sent twice at the same time makes the pictures once. It needs PostgreSQL, which locks rows."""

import pytest
from django.db import connection

from creator.platform.models import AuditLine
from drive.again import run_again
from drive.models import FoundFile
from tests.jobs.lifecycle.threads import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
THREADS = 8


def test_of_one_click_sent_by_all_threads_one_makes_them(folder, take):
    for number in range(5):
        take(f"{number}.jpg", sha256=f"{number:064}")
    made = together(*[lambda: run_again(folder, run=1) for _ in range(THREADS)])
    assert sorted(each.pictures for each in made) == [0] * (THREADS - 1) + [5]
    assert FoundFile.objects.filter(state="found", run=1).count() == 5
    assert AuditLine.objects.filter(action="folder_made_again").count() == 1

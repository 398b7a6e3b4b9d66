"""Beat sets a message's expiry by its own clock, the worker checks it by another: machines' clocks differ."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from celery import current_app
from celery.worker.request import Request
from django_celery_beat.models import PeriodicTask

TEN_SECONDS = timedelta(seconds=10)


@pytest.mark.parametrize("name", ["jobs.sweep", "jobs.check_nodes"])
def test_a_tick_is_taken_by_a_worker_whose_clock_is_ten_seconds_ahead(schedule, name):
    current_app.loader.import_default_modules()
    kept = timedelta(seconds=PeriodicTask.objects.get(task=name).expire_seconds)
    expires = datetime.now(UTC) - TEN_SECONDS + kept
    headers = {"id": "a", "task": name, "expires": expires.isoformat()}
    message = SimpleNamespace(content_type=None, content_encoding=None, delivery_info={}, properties={})
    request = Request(message, app=current_app, headers=headers, body=([], {}, {}), decoded=True)
    assert not request.maybe_expire()

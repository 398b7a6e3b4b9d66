"""The Celery application. A task is a doorbell or a tick; what is to be done stands in rows."""

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")

app = Celery("creator")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["jobs"])


@setup_logging.connect
def keep_logging(**_: object) -> None:
    """Whoever answers this signal has set logging up: ours stays, at the level of the settings."""

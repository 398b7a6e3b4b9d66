"""Connects the signals of lower packages to the packages above them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import user_logged_out
from django.db import transaction
from django.dispatch import receiver

from billing.signals import plan_changed
from jobs.execution.leases import keeper
from jobs.lifecycle import follow_plan
from jobs.signals import cancel_asked, job_changed, preview_made
from jobs.streaming.groups import wake_watchers
from jobs.streaming.previews import keep_preview
from jobs.streaming.sessions import end_sockets


@receiver(job_changed)
def wake_job_watchers(job_id: Any, owner_id: Any, **_: Any) -> None:
    wake_watchers(job_id, owner_id)


@receiver(cancel_asked)
def wake_holder(**_: Any) -> None:
    """Tells a holder in this process at once. Holders in other processes look once a second."""
    keeper.look_now()


@receiver(preview_made)
def show_preview(job_id: Any, owner_id: Any, content: bytes, mime: str, **_: Any) -> None:
    keep_preview(job_id, content, mime)
    wake_watchers(job_id, owner_id)


@receiver(plan_changed)
def follow_plan_in_queue(owner_id: Any, **_: Any) -> None:
    transaction.on_commit(lambda: follow_plan(owner_id), robust=True)


@receiver(user_logged_out)
def close_sockets(request: Any, **_: Any) -> None:
    if request.session.session_key:
        end_sockets(request.session.session_key)

"""Connects the signals of lower packages to the packages above them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.dispatch import receiver

from accounts.signals import access_ended
from billing.queries import PicturePrice
from billing.signals import credits_low, plan_changed, plan_edited, prices_asked, titles_asked
from jobs import notifications, webhooks
from jobs.catalogue import offered_presets, titles_of_presets
from jobs.execution.leases import keeper
from jobs.lifecycle import follow_edit, follow_plan
from jobs.signals import cancel_asked, job_changed, job_ended, jobs_moved, preview_made
from jobs.streaming.groups import wake_watchers
from jobs.streaming.previews import keep_preview
from jobs.streaming.principals import close_all


@receiver(job_changed)
def wake_job_watchers(job_id: Any, owner_id: Any, moved: bool, **_: Any) -> None:
    wake_watchers(job_id, owner_id, moved=moved)


@receiver(job_ended)
def tell_owner(job_id: Any, owner_id: Any, status: Any, **_: Any) -> None:
    notifications.tell_of_end(job_id, owner_id, status)


@receiver(jobs_moved)
def tell_webhooks(owner_id: Any, status: Any, feed_numbers: Any, wanted: Any, **_: Any) -> None:
    webhooks.tell_of_moves(owner_id, status, feed_numbers, wanted)


@receiver(credits_low)
def tell_webhooks_of_credits(owner_id: Any, event_id: str, level: Any, notice: Any, **_: Any) -> None:
    webhooks.tell_of_credits(owner_id, event_id, level, notice)


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
    transaction.on_commit(lambda: webhooks.publish_wanted(owner_id), robust=True)


@receiver(plan_edited)
def follow_edit_in_queues(slug: str, **_: Any) -> None:
    transaction.on_commit(lambda: follow_edit(slug), robust=True)
    transaction.on_commit(lambda: webhooks.publish_wanted_of_plan(slug), robust=True)


@receiver(access_ended)
def close_what_is_open(means: Any, credential: Any, **_: Any) -> None:
    close_all(means, credential)


@receiver(prices_asked)
def tell_prices(**_: Any) -> list[PicturePrice]:
    """The prices of the presets whose jobs some node can run, now or later. Two queries."""
    return [
        PicturePrice(each.preset.slug, each.manifest.title, each.preset.price, each.manifest.needs_photo)
        for each in offered_presets()
        if each.takes_jobs
    ]


@receiver(titles_asked)
def name_presets(labels: Any, **_: Any) -> dict[str, str]:
    return titles_of_presets(labels)

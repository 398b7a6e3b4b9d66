"""The plans and packs of a new database. Staff edit them afterwards; this module never overwrites a row."""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS

_SHIPPED: tuple[dict[str, Any], ...] = (
    {
        "slug": "free",
        "title": "Free",
        "credits": 50,
        "jobs_per_period": 50,
        "parallel_jobs": 2,
        "queued_jobs": 50,
        "upload_mib": 10,
        "megapixels": 24,
        "batch_files": 50,
        "requests_per_minute": 60,
        "requests_per_hour": 1_000,
        "submits_per_hour": 100,
        "uploads_per_hour": 200,
        "cancels_per_hour": 10,
        "unused_photos": 200,
        "unused_mib": 3_072,
        "priority_bonus_s": 0,
        "share": 1.0,
        "retention_days": 7,
        "features": ["api_keys"],
    },
    {
        "slug": "creator",
        "title": "Creator",
        "price_cents": 1_900,
        "trial_days": 14,
        "trial_credits": 100,
        "position": 1,
        "credits": 1_000,
        "jobs_per_period": 1_000,
        "parallel_jobs": 5,
        "queued_jobs": 500,
        "upload_mib": 40,
        "megapixels": 50,
        "batch_files": 50,
        "requests_per_minute": 240,
        "requests_per_hour": 6_000,
        "submits_per_hour": 1_000,
        "uploads_per_hour": 2_000,
        "cancels_per_hour": 60,
        "unused_photos": 1_000,
        "unused_mib": 10_240,
        "priority_bonus_s": 30,
        "share": 2.0,
        "retention_days": 30,
        "features": ["api_keys", "drive"],
    },
    {
        "slug": "studio",
        "title": "Studio",
        "price_cents": 9_900,
        "position": 2,
        "credits": 10_000,
        "jobs_per_period": 10_000,
        "parallel_jobs": 20,
        "queued_jobs": 5_000,
        "upload_mib": 40,
        "megapixels": 50,
        "batch_files": 50,
        "requests_per_minute": 1_200,
        "requests_per_hour": 36_000,
        "submits_per_hour": 10_000,
        "uploads_per_hour": 20_000,
        "cancels_per_hour": 300,
        "unused_photos": 5_000,
        "unused_mib": 51_200,
        "priority_bonus_s": 60,
        "share": 4.0,
        "retention_days": 90,
        "features": ["api_keys", "drive", "webhooks"],
    },
)

_PACKS: tuple[dict[str, Any], ...] = (
    {"slug": "credits-500", "title": "500 credits", "credits": 500, "price_cents": 1_500},
    {"slug": "credits-2500", "title": "2,500 credits", "credits": 2_500, "price_cents": 6_000, "position": 1},
)


def install_plans(*, using: str = DEFAULT_DB_ALIAS, apps: Apps = installed, **_post_migrate: object) -> None:
    """Inserts the three plans and two packs if there is no plan: after `migrate` on a new database and after `flush`.

    A receiver of `post_migrate` rather than a data migration, so that it runs however the tables were made.
    """
    try:
        plans = apps.get_model("billing", "Plan")._default_manager.using(using)
        packs = apps.get_model("billing", "CreditPack")._default_manager.using(using)
    except LookupError:  # migrated back to before these models existed
        return
    if not plans.exists():
        plans.bulk_create([plans.model(**values) for values in _SHIPPED], ignore_conflicts=True)
        packs.bulk_create([packs.model(**values) for values in _PACKS], ignore_conflicts=True)

"""Plans beside each other: the rows of the tables of the pricing page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from billing.enums import Feature
from billing.queries import PicturePrice, PlanOffer
from creator.lib.formatting import count

Row = tuple[str, list[str]]
"""What is compared, and a cell for each plan."""

_LIMITS: tuple[tuple[str, Callable[[PlanOffer], str]], ...] = (
    ("Credits a month", lambda offer: f"{offer.plan.credits:,}"),
    ("Pictures a month, at most", lambda offer: f"{offer.limits.jobs_per_period:,}"),
    ("Pictures started an hour, at most", lambda offer: f"{offer.limits.submits_per_hour:,}"),
    ("Pictures made at the same time", lambda offer: f"{offer.limits.parallel_jobs:,}"),
    ("Pictures waiting, at most", lambda offer: f"{offer.limits.queued_jobs:,}"),
    ("Size of a photo", lambda offer: f"{offer.limits.upload_mib:,} MB"),
    ("Resolution of a photo", lambda offer: f"{offer.limits.megapixels:,} MP"),
    ("Photos at once", lambda offer: f"{offer.limits.batch_files:,}"),
    ("Pictures are kept for", lambda offer: count(offer.limits.retention_days, "day")),
    ("Requests of programs a minute", lambda offer: f"{offer.limits.requests_per_minute:,}"),
)


def limit_rows(offers: Sequence[PlanOffer]) -> list[Row]:
    """Every limit and feature of these plans."""
    limits = [(title, [cell(offer) for offer in offers]) for title, cell in _LIMITS]
    return limits + [
        (_title(feature), ["Yes" if feature in offer.limits.features else "No" for offer in offers])
        for feature in Feature
    ]


def picture_rows(offers: Sequence[PlanOffer], prices: Iterable[PicturePrice]) -> list[Row]:
    """How many pictures of each preset a plan makes in a period."""
    return [
        (
            f"{price.title}, {count(price.credits, 'credit')} each",
            [f"{offer.pictures(price):,}" for offer in offers],
        )
        for price in prices
    ]


def _title(feature: Feature) -> str:
    return feature.label[0].upper() + feature.label[1:]

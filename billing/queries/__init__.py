"""What pages, mails and the API show of plans, credits and payments. Reads, and changes nothing."""

from billing.queries.caps import Caps, KeyUse, caps_of
from billing.queries.credits import available_of
from billing.queries.offers import PlanOffer, offered_packs, offered_plans
from billing.queries.prices import PicturePrice, picture_prices
from billing.queries.quota import QuotaNotice, notice_of, present_notice, quota_of

__all__ = [
    "Caps",
    "KeyUse",
    "PicturePrice",
    "PlanOffer",
    "QuotaNotice",
    "available_of",
    "caps_of",
    "notice_of",
    "offered_packs",
    "offered_plans",
    "picture_prices",
    "present_notice",
    "quota_of",
]

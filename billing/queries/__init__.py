"""What pages, mails and the API show of plans, credits and payments. Reads, and changes nothing."""

from billing.queries.caps import Caps, KeyUse, caps_of
from billing.queries.credits import Credits, available_of, credits_of
from billing.queries.invoices import invoices_of, to_be_paid
from billing.queries.offers import PlanOffer, offered_pack, offered_plan, offered_plans, packs_for_sale
from billing.queries.prices import PicturePrice, picture_prices
from billing.queries.quota import QuotaNotice, notice_of, present_notice, quota_of
from billing.queries.standing import Standing, standing_of
from billing.queries.statement import StatementLine, statement_of

__all__ = [
    "Caps",
    "Credits",
    "KeyUse",
    "PicturePrice",
    "PlanOffer",
    "QuotaNotice",
    "Standing",
    "StatementLine",
    "available_of",
    "caps_of",
    "credits_of",
    "invoices_of",
    "notice_of",
    "offered_pack",
    "offered_plan",
    "offered_plans",
    "packs_for_sale",
    "picture_prices",
    "present_notice",
    "quota_of",
    "standing_of",
    "statement_of",
    "to_be_paid",
]

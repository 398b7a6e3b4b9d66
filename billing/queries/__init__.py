"""What pages, mails and the API show of plans, credits and payments. Reads, and changes nothing."""

from billing.queries.credits import available_of
from billing.queries.offers import PlanOffer, offered_packs, offered_plans
from billing.queries.prices import PicturePrice, picture_prices

__all__ = ["PicturePrice", "PlanOffer", "available_of", "offered_packs", "offered_plans", "picture_prices"]

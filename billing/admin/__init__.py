"""The pages of staff about plans, packs and the credits of people."""

from billing.admin import credit_accounts, offers, payments  # noqa: F401  (importing registers them)

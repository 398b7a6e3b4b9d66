"""Upper limits of this installation, which a plan can lower and not raise, and its payments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from creator.config.declaration import setting

SECRET_KEY = re.compile(r"(sk|rk)_(test|live)_\w+", re.ASCII)
WEBHOOK_SECRET = re.compile(r"whsec_\w+", re.ASCII)
FAKE_STRIPE_DEFAULTS = {
    "STRIPE_API_URL": "http://127.0.0.1:12111",
    "STRIPE_WEBHOOK_SECRETS": "whsec_of_the_fake",
}
"""Used with `STRIPE=fake` for variables that the environment does not set."""
STRIPE_PAGES = ("https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com")
LOCAL_ADDRESS = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?", re.ASCII)


@dataclass(frozen=True)
class BillingConfig:
    """`billing.plans.limits_of` combines the limits with the user's plan. Without a key for Stripe nothing is sold."""

    max_upload_mib: int = setting("MAX_UPLOAD_MIB", 40, "largest photo file, in MiB")
    max_megapixels: int = setting(
        "MAX_MEGAPIXELS", 50, "largest photo, in megapixels as makers round them: 5 % more pixels are taken"
    )
    max_batch_files: int = setting("MAX_BATCH_FILES", 50, "most photos in one batch")
    stripe: str = setting("STRIPE", "", "`fake`: buy from a Stripe of our own, where no money moves")
    stripe_secret_key: str = setting(
        "STRIPE_SECRET_KEY", "", "Stripe's secret or restricted key; empty: nothing is sold"
    )
    stripe_webhook_secrets: tuple[str, ...] = setting(
        "STRIPE_WEBHOOK_SECRETS",
        (),
        "secrets of the webhook endpoint, comma-separated: two during a rotation",
    )
    stripe_api_url: str = setting(
        "STRIPE_API_URL",
        "",
        "address of the fake Stripe, by default http://127.0.0.1:12111; empty: Stripe itself",
    )
    payment_grace_days: int = setting(
        "PAYMENT_GRACE_DAYS", 7, "days after a failed payment in which jobs still start"
    )

    @property
    def stripe_is_live(self) -> bool:
        """Whether the key is one of Stripe's live mode, where money moves."""
        return "_live_" in self.stripe_secret_key

    @property
    def stripe_pages(self) -> tuple[str, ...]:
        """Origins of Stripe's pages that the answers to our forms lead to: to pay, to see cards, to confirm."""
        if self.stripe_api_url:
            return (self.stripe_api_url,)
        return STRIPE_PAGES if self.stripe_secret_key else ()

    def check_billing(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if self.stripe not in ("", "fake"):
            yield "STRIPE must be empty or `fake`"
        if self.stripe_secret_key and not SECRET_KEY.fullmatch(self.stripe_secret_key):
            yield "STRIPE_SECRET_KEY must be a key such as sk_test_…, rk_test_…, sk_live_… or rk_live_…"
        if not all(WEBHOOK_SECRET.fullmatch(each) for each in self.stripe_webhook_secrets):
            yield "STRIPE_WEBHOOK_SECRETS must be secrets such as whsec_…, comma-separated"
        if self.stripe_secret_key and not self.stripe_webhook_secrets:
            yield "STRIPE_WEBHOOK_SECRETS must be set with STRIPE_SECRET_KEY, or what is paid for comes an hour late"
        if self.stripe_api_url and not LOCAL_ADDRESS.fullmatch(self.stripe_api_url):
            yield "STRIPE_API_URL must be an address of this machine such as http://127.0.0.1:12111"
        if self.stripe_api_url and self.stripe_is_live:
            yield "STRIPE_API_URL is for the fake Stripe, which gets no live key"

"""Settings for accounts and mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import environ
from django.core.exceptions import ImproperlyConfigured

from creator.config.declaration import setting

GOOGLE = "https://accounts.google.com"
SIGN_UP_MODES = ("open", "invited", "closed")


@dataclass(frozen=True)
class AccountsConfig:
    """Who may sign up, mail server, the demo account, and how often people may try to sign in."""

    sign_up: str = setting(
        "SIGN_UP",
        "open",
        "who may create an account: `open` for anyone, `invited` for invited addresses and SIGN_UP_DOMAINS, `closed`",
    )
    sign_up_domains: tuple[str, ...] = setting(
        "SIGN_UP_DOMAINS",
        (),
        "domains whose addresses may sign up without an invitation, comma-separated; needs SIGN_UP=invited",
    )
    confirm_addresses: bool = setting(
        "CONFIRM_ADDRESSES",
        False,
        "let people in only after they confirmed their address by mail (production: true)",
    )

    email_url: str = setting("EMAIL_URL", "consolemail://", "mail server, as a django-environ URL")
    from_email: str = setting(
        "DEFAULT_FROM_EMAIL", "Creator <creator@localhost>", "sender of the site's mail"
    )
    demo_account: bool = setting(
        "DEMO_ACCOUNT", True, "have a demo account; off where others reach the site, unless `make run DEMO=1`"
    )

    tries_per_address: int = setting(
        "TRIES_PER_ADDRESS",
        5,
        "passwords, codes and mails that one address may try in a minute; more where many people share an address; "
        "of API keys that do not work 12 times as many",
    )

    google_client_id: str = setting(
        "GOOGLE_CLIENT_ID", "", "sign-in with Google: the client's id; empty: not offered (docs/accounts.md)"
    )
    google_client_secret: str = setting(
        "GOOGLE_CLIENT_SECRET", "", "the client's secret, with GOOGLE_CLIENT_ID"
    )
    google_issuer: str = setting(
        "GOOGLE_ISSUER", GOOGLE, "the OpenID provider behind “Google”; another one for trials"
    )

    def check_accounts(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if self.sign_up not in SIGN_UP_MODES:
            yield f"SIGN_UP must be one of {', '.join(SIGN_UP_MODES)}"
        if self.sign_up_domains and self.sign_up != "invited":
            yield "SIGN_UP_DOMAINS must be empty unless SIGN_UP is invited"
        if any("." not in each or "@" in each for each in self.sign_up_domains):
            yield "SIGN_UP_DOMAINS must be domains such as example.org,example.com"
        try:
            environ.Env.email_url_config(self.email_url)
        except ImproperlyConfigured:
            yield "EMAIL_URL must be an address such as smtp://user:password@host:587"
        if self.google_client_id and not self.google_client_secret:
            yield "GOOGLE_CLIENT_ID must be set together with GOOGLE_CLIENT_SECRET"
        if self.google_client_secret and not self.google_client_id:
            yield "GOOGLE_CLIENT_SECRET must be set together with GOOGLE_CLIENT_ID"
        if not self.google_issuer.startswith(("https://", "http://")) or self.google_issuer.endswith("/"):
            yield f"GOOGLE_ISSUER must be an address such as {GOOGLE}, without a / at its end"
        if self.tries_per_address < 1:
            yield "TRIES_PER_ADDRESS must be at least 1, or nobody could sign in"

"""Settings for accounts and mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import environ
from django.core.exceptions import ImproperlyConfigured

from creator.config.declaration import setting


@dataclass(frozen=True)
class AccountsConfig:
    """Mail server, the demo account, and how often people may try to sign in."""

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
        "passwords, codes and mails that one address may try in a minute; more where many people share an address",
    )

    def check_accounts(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        try:
            environ.Env.email_url_config(self.email_url)
        except ImproperlyConfigured:
            yield "EMAIL_URL must be an address such as smtp://user:password@host:587"
        if self.tries_per_address < 1:
            yield "TRIES_PER_ADDRESS must be at least 1, or nobody could sign in"

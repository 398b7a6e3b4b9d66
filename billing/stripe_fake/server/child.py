"""How another process of the product starts the fake Stripe as its child."""

from __future__ import annotations

import sys

READY = "Fake Stripe ready on "
"""The start of the line that it prints when it accepts requests; its address follows."""


def child_command(*options: str) -> list[str]:
    """The command line of a fake Stripe that ends when its standard input is closed."""
    return [sys.executable, "-m", "billing.stripe_fake", "--with-parent", *options]

"""Erasure of accounts: asked for, due after a grace, then everything is deleted or made nameless.

What the apps have to delete, they say themselves (`accounts.registry`). Nothing here knows what they store.
"""

from accounts.erasure.asking import GRACE, ask_erasure, pending_erasure, stop_erasure
from accounts.erasure.running import erase_due
from accounts.erasure.staff import erase_now, open_erasures, retry_erasure

__all__ = [
    "GRACE",
    "ask_erasure",
    "erase_due",
    "erase_now",
    "open_erasures",
    "pending_erasure",
    "retry_erasure",
    "stop_erasure",
]

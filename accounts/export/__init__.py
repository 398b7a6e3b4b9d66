"""Exports: a zip of all that is stored about a person, made in the background and stored for a week.

What is in it, the apps say (`accounts.registry`). Nothing here knows what they store.
"""

from accounts.export.asking import MOST_A_DAY, ask_export, exports_of, get_export
from accounts.export.making import STORED_S, make_due_exports
from accounts.export.purging import purge_exports

__all__ = [
    "MOST_A_DAY",
    "STORED_S",
    "ask_export",
    "exports_of",
    "get_export",
    "make_due_exports",
    "purge_exports",
]

"""Why a visit failed, in sentences for the person who named the address."""

from __future__ import annotations


class Forbidden(Exception):
    """We do not visit this address, now or later."""


class Away(Exception):
    """The visit did not work out; a later one may."""


class TooLarge(Away):
    """The answer has more bytes than the visit may bring."""

"""Tokens of programs that a person signs in: an access token for minutes and a refresh token that rotates.

A `TokenFamily` row is one signed-in program. Every request with an access token reads it, so its end counts at once.
A refresh token works once (RFC 9700, section 4.14.2). If an old one is used again, two parties have it and one of them
is a thief, so the family ends.
"""

from accounts.tokens.families import (
    find_by_access_token,
    forgotten_families,
    is_proven,
    list_families,
    working_families,
)
from accounts.tokens.issue import ACCESS_LASTS, Tokens, issue
from accounts.tokens.revoke import end_all, end_family
from accounts.tokens.rotate import find_by_refresh_token, find_to_sign_out, rotate

__all__ = [
    "ACCESS_LASTS",
    "Tokens",
    "end_all",
    "end_family",
    "find_by_access_token",
    "find_by_refresh_token",
    "find_to_sign_out",
    "forgotten_families",
    "is_proven",
    "issue",
    "list_families",
    "rotate",
    "working_families",
]

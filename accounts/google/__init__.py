"""Google as an OpenID provider: its addresses, the question to it, and what it answers. Knows no account of ours.

OpenID Connect Core 1.0, section 3.1 (authorization code flow), with PKCE (RFC 7636). Access tokens are not kept.
"""

from accounts.google.exchange import identify
from accounts.google.flow import Flow, authorization_url, begin, challenge_of
from accounts.google.identity import Identity
from accounts.google.provider import PROVIDER, is_on

__all__ = ["PROVIDER", "Flow", "Identity", "authorization_url", "begin", "challenge_of", "identify", "is_on"]

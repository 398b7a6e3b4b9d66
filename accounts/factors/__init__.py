"""Second factors: authenticator app, recovery codes, passkeys. The rows are allauth's `Authenticator`.

allauth has the pages and the ceremonies. Here is what it leaves open: a code works once, a copied passkey is refused,
and secrets move to a new SECRET_KEY.
"""

from accounts.factors.codes import prove_code
from accounts.factors.passkeys import accept_count
from accounts.factors.secrets import SECRETS, renew_secrets
from accounts.factors.states import Factors, factors_of, has_second_factor

__all__ = [
    "SECRETS",
    "Factors",
    "accept_count",
    "factors_of",
    "has_second_factor",
    "prove_code",
    "renew_secrets",
]

"""API keys, which programs use instead of a password: making, finding, using and ending them."""

from accounts.api_keys.ending import revoke_api_key, warn_of_expiring_keys
from accounts.api_keys.finding import find_by_key, get_key, keys_of, record_use, working_keys
from accounts.api_keys.making import JOB_SCOPES, LONGEST, MOST_WORKING, NAME_LENGTH, make_api_key
from accounts.api_keys.permission import (
    forget_permission,
    refusals,
    require_lately_permitted,
    require_may_make,
    require_permitted,
)

__all__ = [
    "JOB_SCOPES",
    "LONGEST",
    "MOST_WORKING",
    "NAME_LENGTH",
    "find_by_key",
    "forget_permission",
    "get_key",
    "keys_of",
    "make_api_key",
    "record_use",
    "refusals",
    "require_lately_permitted",
    "require_may_make",
    "require_permitted",
    "revoke_api_key",
    "warn_of_expiring_keys",
    "working_keys",
]

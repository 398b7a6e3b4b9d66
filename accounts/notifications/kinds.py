"""The kinds of notifications about accounts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from accounts.models import Side
from accounts.notifications.access_links import change_link, confirm_link, proof_link, reset_link
from accounts.notifications.kind import Group, Kind, page_at, register_kind

ANSWERS = Group(
    "Answers",
    "You get this mail because this address was entered on our site. If that was not you, you need not do anything.",
)
SECURITY = Group(
    "Security", "You get this mail because it concerns the security of your account. It cannot be turned off."
)
ACCOUNT = Group("Account", "You get this mail because it concerns your account and your data.")

SOON = datetime(2026, 12, 5, 9, 30, tzinfo=UTC)
WHERE_SAMPLE = {"address": "192.0.2.7", "device": "Firefox on Linux"}
SECURITY_PAGE = page_at("account_security")
KEYS_PAGE = page_at("account_keys")
DATA_PAGE = page_at("account_data")


def _answer(name: str, title: str, subject: str, **more: Any) -> Kind:
    """The answer to a form that anybody can fill in with any address: nothing for the page."""
    return register_kind(Kind(name=name, title=title, subject=subject, group=ANSWERS, on_page=False, **more))


def _security(name: str, title: str, *, subject: str = "", sample: Any = None, **more: Any) -> Kind:
    more.setdefault("button", "Check your account")
    more.setdefault("link", SECURITY_PAGE)
    sample = {**(sample or {}), **WHERE_SAMPLE}
    return register_kind(
        Kind(name=name, title=title, subject=subject or title, group=SECURITY, sample=sample, **more)
    )


def _account(name: str, title: str, *, subject: str = "", **more: Any) -> Kind:
    more.setdefault("link", DATA_PAGE)
    return register_kind(Kind(name=name, title=title, subject=subject or title, group=ACCOUNT, **more))


VERIFICATION = _answer(
    "verification",
    "Confirm an address",
    "Confirm your email address",
    button="Confirm this address",
    link=confirm_link,
)
RESET = _answer(
    "reset",
    "Forgotten password",
    "Choose a new password",
    button="Choose a new password",
    link=reset_link,
)
ACCOUNT_EXISTS = _answer(
    "account_exists",
    "Sign-up with a known address",
    "You already have an account",
    button="Choose a new password",
    link=page_at("account_reset_password"),
)
UNKNOWN_ACCOUNT = _answer(
    "unknown_account",
    "Unknown address",
    "There is no account with this address",
    button="Sign up",
    link=page_at("account_signup"),
)
PROOF = _answer(
    "proof",
    "Proof before a change",
    "Confirm that it is you",
    button="It is me",
    link=proof_link,
    sample={"asked": "a number of this request"},
)
INVITATION = _answer(
    "invitation",
    "Invitation",
    "You are invited to Creator",
    button="Sign up",
    link=page_at("account_signup"),
)
NOT_INVITED = _answer("not_invited", "Sign-up without invitation", "You need an invitation to sign up")
EMAIL_CHANGE_NEW = _answer(
    "email_change_new",
    "Change of address, to the new one",
    "Confirm your new email address",
    sample={"change_id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"},
    button="See the change",
    link=change_link(Side.NEW),
)
EMAIL_CHANGE_TAKEN = _answer(
    "email_change_taken", "Change of address, to a known one", "This address has an account already"
)

NEW_SIGN_IN = _security("new_sign_in", "New sign-in", subject="New sign-in to your account")
SIGN_IN_FAILURES = _security(
    "sign_in_failures",
    "Failed sign-ins",
    subject="Somebody could not sign in to your account",
    sample={"count": 5},
)
PASSWORD_CHANGED = _security("password_changed", "Your password was changed")
EMAIL_CHANGE_OLD = _security(
    "email_change_old",
    "A change of your email address was asked for",
    subject="Confirm the change of your email address",
    sample={"to_email": "ada@example.com", "change_id": "1b4e28ba-2fa1-11d2-883f-0016d3cca427"},
    button="See the change",
    link=change_link(Side.OLD),
    on_page=False,
)
EMAIL_CHANGED = _security(
    "email_changed",
    "Your email address was changed",
    sample={"from_email": "ada@example.org", "to_email": "ada@example.com"},
)
FACTOR_ADDED = _security(
    "factor_added", "A second factor was added", sample={"factor": "An authenticator app"}
)
FACTOR_REMOVED = _security(
    "factor_removed", "A second factor was removed", sample={"factor": "An authenticator app"}
)
RECOVERY_CODES_MADE = _security("recovery_codes_made", "New recovery codes were made")
GOOGLE_LINKED = _security("google_linked", "A Google account was linked")
GOOGLE_UNLINKED = _security("google_unlinked", "A Google account was unlinked")
KEY_MADE = _security(
    "key_made",
    "An API key was created",
    sample={"name": "my script", "prefix": "creator_7Qm2x0Lb", "scopes": "jobs:read, jobs:write"},
    button="See your API keys",
    link=KEYS_PAGE,
)
KEY_REVOKED = _security(
    "key_revoked",
    "An API key was revoked",
    sample={"name": "my script", "prefix": "creator_7Qm2x0Lb"},
    button="See your API keys",
    link=KEYS_PAGE,
)
TOKEN_REUSED = _security(
    "token_reused", "A program was signed out", subject="We signed a program out of your account", sample={}
)

KEY_EXPIRING = _account(
    "key_expiring",
    "An API key is about to expire",
    subject="Your API key “{{ name }}” is about to expire",
    sample={"name": "my script", "prefix": "creator_7Qm2x0Lb", "expires_at": SOON},
    optional=True,
    button="See your API keys",
    link=KEYS_PAGE,
)
EXPORT_READY = _account(
    "export_ready",
    "Your data is ready",
    subject="The export of your data is ready",
    sample={"expires_at": SOON},
    button="Download your data",
)
DELETION_SCHEDULED = _account(
    "deletion_scheduled",
    "Your account will be deleted",
    sample={"deleted_at": SOON},
    button="Keep the account",
)
DELETION_STOPPED = _account("deletion_stopped", "Your account stays", button="See your data")
DELETION_DONE = _account(
    "deletion_done", "Your account was deleted", sample={"left": 2}, on_page=False, link=None
)

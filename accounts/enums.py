"""Names that pages, the API, rows and audit lines share."""

from __future__ import annotations

from django.db.models import TextChoices


class Scope(TextChoices):
    """What an API key may do. Sessions and access tokens may do everything that their person may."""

    JOBS_READ = "jobs:read", "See presets, photos, jobs and results"
    JOBS_WRITE = "jobs:write", "Upload photos, start and cancel jobs"
    ACCOUNT_READ = "account:read", "See the profile, plan, usage, API keys and webhooks"
    ACCOUNT_WRITE = "account:write", "Change the profile and notifications, create and revoke API keys"
    WEBHOOKS_WRITE = "webhooks:write", "Add, change, test and remove webhooks"
    DRIVE_READ = "drive:read", "See connected drives, watched folders and what was found in them"
    DRIVE_WRITE = (
        "drive:write",
        "Disconnect drives, watch folders, change, pause and run them again",
    )


class Means(TextChoices):
    """How a person proved who they are."""

    SESSION = "session"
    TOKEN = "token"  # noqa: S105  (a name, not a secret)
    KEY = "key"


class KeyOrigin(TextChoices):
    """Where an API key was made."""

    PAGE = "page", "on this page"
    API = "api", "with the API"
    COMMAND = "command", "with a command"


class MailRhythm(TextChoices):
    """How often a person gets mails that can wait."""

    SOON = "soon", "Soon after something happened"
    DAILY = "daily", "Once a day"


class FamilyEnd(TextChoices):
    """Why a signed-in program's tokens ended before their time."""

    SIGNED_OUT = "signed_out", "The program signed out"
    REVOKED = "revoked", "The person or the staff ended it"
    REUSED = "reused", "An old refresh token was used again"


class SecurityEvent(TextChoices):
    """What the audit tells about a person's account. The label is the sentence that the person reads."""

    SIGNED_UP = "signed_up", "The account was created"
    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out"
    SIGN_IN_FAILED = "sign_in_failed", "A sign-in failed"
    PASSWORD_CHANGED = "password_changed", "The password was changed"
    EMAIL_CHANGE_ASKED = "email_change_asked", "A change of the email address was asked for"
    EMAIL_CHANGED = "email_changed", "The email address was changed"
    FACTOR_ADDED = "factor_added", "A second factor was added"
    FACTOR_REMOVED = "factor_removed", "A second factor was removed"
    RECOVERY_CODES_MADE = "recovery_codes_made", "New recovery codes were made"
    PASSKEY_REFUSED = "passkey_refused", "A passkey was refused, because a copy of it may exist"
    SESSION_ENDED = "session_ended", "A session was ended"
    GOOGLE_LINKED = "google_linked", "A Google account was linked"
    GOOGLE_UNLINKED = "google_unlinked", "A Google account was unlinked"
    KEY_MADE = "api_key_made", "An API key was created"
    KEY_REVOKED = "api_key_revoked", "An API key was revoked"
    TOKENS_ENDED = "tokens_ended", "A program was signed out"
    TOKEN_REUSED = "token_reused", "A refresh token was used twice, so its program was signed out"
    WEBHOOK_ADDED = "webhook_added", "A webhook was added"
    WEBHOOK_CHANGED = "webhook_changed", "A webhook was changed"
    WEBHOOK_SECRET_CHANGED = "webhook_secret_changed", "A webhook got a new secret"
    WEBHOOK_DISABLED = "webhook_disabled", "A webhook was disabled, because it took no messages"
    WEBHOOK_DELETED = "webhook_deleted", "A webhook was deleted"
    DRIVE_CONNECTED = "drive_connected", "Google Drive was connected"
    DRIVE_DISCONNECTED = "drive_disconnected", "Google Drive was disconnected"
    FOLDER_WATCHED = "folder_watched", "A folder was added to the watched ones"
    FOLDER_CHANGED = "folder_changed", "A watched folder was changed"
    FOLDER_MADE_AGAIN = "folder_made_again", "The last pictures of a watched folder were made again"
    FOLDER_ENDED = "folder_ended", "A folder is no longer watched"
    EXPORT_ASKED = "export_asked", "An export of the data was asked for"
    EXPORT_FETCHED = "export_fetched", "An export of the data was downloaded"
    DELETION_ASKED = "deletion_asked", "Deletion of the account was asked for"
    DELETION_STOPPED = "deletion_stopped", "Deletion of the account was stopped"

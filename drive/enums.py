"""The enumerations of connections, watched folders and the files in them. The comment says who sets a value."""

from django.db.models import TextChoices


class SourceKind(TextChoices):
    """Where the files of a connection are."""

    FOLDER = "folder", "Folder of this server"
    S3 = "s3", "S3 bucket"
    GOOGLE = "google", "Google Drive"


class Trouble(TextChoices):
    """Why nothing comes in or goes out through a connection, until its owner connects again."""

    NONE = "", ""
    # A look, a read or a write was refused: the access was revoked, ended or narrowed.
    ACCESS_LOST = "access_lost", "Access ended"
    # No key of ENCRYPTION_KEYS reads the stored token.
    UNREADABLE = "unreadable", "Stored access cannot be read"


class Pause(TextChoices):
    """Why a watched folder makes no pictures. Files are still found; they wait."""

    NONE = "", ""
    # Its owner. Only they end it.
    OWNER = "owner", "Paused by you"
    # Intake, when no credits, jobs or spend cap are left for the next picture; ends by itself.
    CREDITS = "credits", "Waiting for credits"
    # Intake, when the folder's own cap for the day is reached; ends by itself on the next day (UTC).
    CAP = "cap", "Daily limit reached"
    # Intake: the preset is not offered at present; ends by itself.
    PRESET = "preset", "Preset not available"
    # Intake: the plan lacks the feature; ends by itself.
    PLAN = "plan", "Not part of your plan"
    # A look or a delivery: the folder is not there. Ends when a look finds it again or its owner chooses another.
    INPUT_GONE = "input_gone", "Folder not found"
    OUTPUT_GONE = "output_gone", "Output folder not found"
    # A delivery: no room for results; ends by itself, when one is written.
    FULL = "full", "No room for results"


WAITS = (Pause.CREDITS, Pause.CAP, Pause.PRESET, Pause.PLAN)
"""Pauses that intake sets and that end by themselves."""


class FileState(TextChoices):
    """What became of a file that a look found. One word each on pages."""

    # A look. Intake reads it next, or after the pause.
    FOUND = "found", "Waiting"
    # Intake, in the transaction that submits the job.
    TAKEN = "taken", "Taken"
    # Intake: the same picture was taken before under the same settings; nothing is made or charged again.
    COPY = "copy", "Already made"
    # Intake: it is no picture that we can read. A note says why.
    REFUSED = "refused", "Not usable"
    # Intake: gone, or overwritten, before it was read. A newer version is another row.
    GONE = "gone", "Gone"
    # Intake: one of our own results, or no picture and not named like one. Nothing is told.
    IGNORED = "ignored", "Ignored"


class Purpose(TextChoices):
    """What a file that we write is."""

    RESULT = "result", "Result"
    SIDECAR = "sidecar", "Settings"
    NOTE = "note", "Note"

from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields, Fields
from drive.api.schemas.connections import LONGEST_ID
from drive.enums import FileState, Pause
from drive.folders import MOST_CREDITS
from jobs.enums import JobStatus, ResultFormat

LONGEST_SLUG = 50
LONGEST_CURSOR = 100
PAGE, MOST_PER_PAGE = 30, 100
STATES = ("watching", "paused", "disconnected", "away")
PAUSES = [(each.value, each.label) for each in Pause if each]
FILE_STATES = [(each.value, each.label) for each in FileState if each is not FileState.IGNORED]


class SettingsFields(Fields):
    """What a new folder and a change share. Only `jobs.presets` checks the parameters."""

    output_id = serializers.CharField(
        max_length=LONGEST_ID,
        required=False,
        allow_blank=True,
        help_text="The folder for results. A folder of the server may leave it out: then `outbox` beside it is made.",
    )
    parameters = serializers.DictField(required=False)
    output_format = serializers.ChoiceField(choices=ResultFormat.choices, required=False)
    writes_sidecar = serializers.BooleanField(
        required=False, help_text="Write a JSON file with the settings beside each result."
    )
    daily_cap = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MOST_CREDITS,
        help_text="The most credits that it spends a day (UTC); null: no limit.",
    )


class FolderBody(SettingsFields):
    """The body of `POST /drive/folders`."""

    connection_id = serializers.UUIDField()
    input_id = serializers.CharField(
        max_length=LONGEST_ID, allow_blank=True, help_text="The folder to watch."
    )
    preset = serializers.CharField(max_length=LONGEST_SLUG)
    takes_existing = serializers.BooleanField(
        required=False, help_text="Make the photos too that lie there already."
    )


class FolderChanges(SettingsFields):
    """The body of `PATCH /drive/folders/{id}`: what is to change. A new preset begins with its defaults."""

    preset = serializers.CharField(max_length=LONGEST_SLUG, required=False)


class WatchedFolderAnswer(AnswerFields):
    """A watched folder. `message` says why it makes no pictures at present, and what to do."""

    id = serializers.UUIDField(source="folder.id")
    connection_id = serializers.UUIDField(source="folder.connection_id")
    input_id = serializers.CharField(source="folder.input_id", allow_blank=True)
    input_name = serializers.CharField(source="folder.input_name")
    output_id = serializers.CharField(source="folder.output_id", allow_blank=True)
    output_name = serializers.CharField(source="folder.output_name")
    preset = serializers.CharField(source="folder.preset_id")
    parameters = serializers.DictField(source="folder.parameters")
    output_format = serializers.ChoiceField(source="folder.output_format", choices=ResultFormat.choices)
    writes_sidecar = serializers.BooleanField(source="folder.writes_sidecar")
    daily_cap = serializers.IntegerField(source="folder.daily_cap", allow_null=True)
    state = serializers.ChoiceField(
        choices=STATES, help_text="`away`: the source does not answer, and we keep trying."
    )
    paused_for = serializers.ChoiceField(
        source="folder.pause", choices=PAUSES, allow_blank=True, help_text="Empty if it is not paused."
    )
    message = serializers.CharField(source="sentence")
    checked_at = serializers.DateTimeField(allow_null=True, help_text="When we last saw what is in it.")
    spent_today = serializers.IntegerField(help_text="Credits since midnight UTC.")
    files_waiting = serializers.IntegerField(source="waiting")
    created_at = serializers.DateTimeField(source="folder.created_at")


class WatchedFolderListAnswer(AnswerFields):
    """All folders that the caller watches, oldest first."""

    folders = WatchedFolderAnswer(many=True)


class FilesQuery(Fields):
    """The query of `GET /drive/folders/{id}/files`."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_PER_PAGE, required=False, default=PAGE)
    cursor = serializers.CharField(max_length=LONGEST_CURSOR, required=False, default="")


class FoundFileAnswer(AnswerFields):
    """A file that was found in a watched folder. `id` is what `drive_file` of `POST /jobs` takes.

    The job is null until one is made of the file, and after it was deleted. Files with one content share a job.
    """

    id = serializers.IntegerField(source="file.id")
    name = serializers.CharField(source="file.name")
    size = serializers.IntegerField(source="file.size", help_text="Bytes.")
    state = serializers.ChoiceField(source="file.state", choices=FILE_STATES)
    problem = serializers.CharField(
        source="file.problem", allow_blank=True, help_text="Why no picture is made of it, in words."
    )
    found_at = serializers.DateTimeField(source="file.found_at")
    job_id = serializers.UUIDField(source="job.id", allow_null=True)
    job_status = serializers.ChoiceField(source="job.status", choices=JobStatus.choices, allow_null=True)
    delivered_at = serializers.DateTimeField(
        source="file.picture.delivered_at",
        allow_null=True,
        help_text="When its result lay in the folder for results.",
    )


class FoundFileListAnswer(AnswerFields):
    """A page of a folder's files, newest first; `next` is the address of the next page."""

    files = FoundFileAnswer(many=True)
    next = serializers.URLField(allow_null=True)


class AgainBody(Fields):
    """The body of `POST /drive/folders/{id}/again`, which may be left out."""

    run = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=MOST_CREDITS,
        help_text="Of the answer to `GET`: what has begun under this number is not begun again.",
    )
    most_credits = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=0,
        max_value=MOST_CREDITS,
        help_text="Refused if it would cost more.",
    )


class AgainAnswer(AnswerFields):
    """What is made again, and what it costs. No pictures: it had begun under this `run` before."""

    run = serializers.IntegerField()
    pictures = serializers.IntegerField()
    price = serializers.IntegerField(help_text="Credits for each.")
    credits = serializers.IntegerField(help_text="In all.")

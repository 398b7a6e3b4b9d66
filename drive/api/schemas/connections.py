from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields, Fields
from drive.enums import SourceKind

LONGEST_ID = 500
STATES = ("connected", "away", "disconnected")


class ConnectionAnswer(AnswerFields):
    """An account or folder that is connected. While it is `disconnected`, its owner has to connect it again."""

    id = serializers.UUIDField(source="connection.id")
    kind = serializers.ChoiceField(source="connection.kind", choices=SourceKind.choices)
    label = serializers.CharField(  # type: ignore[assignment]
        source="connection.label", help_text="What its owner calls it, such as their address."
    )
    state = serializers.ChoiceField(
        choices=STATES, help_text="`away`: the source does not answer, and we keep trying."
    )
    message = serializers.CharField(
        source="sentence", allow_blank=True, help_text="Why, in words; empty while it works."
    )
    checked_at = serializers.DateTimeField(
        source="connection.looked_at",
        allow_null=True,
        help_text="When we last saw what is in its watched folders.",
    )
    created_at = serializers.DateTimeField(source="connection.created_at")


class ConnectionListAnswer(AnswerFields):
    """All connections of the caller, oldest first."""

    connections = ConnectionAnswer(many=True)
    connect_url = serializers.URLField(
        allow_null=True,
        help_text="The page on which the person connects Google Drive in a browser; null where that is not offered.",
    )


class DisconnectedAnswer(AnswerFields):
    """A connection that was ended. We have forgotten its access."""

    was_told = serializers.BooleanField(
        help_text="false: we could not tell the source yet, and try again for up to three days; the person can end the access there."
    )


class BrowseQuery(Fields):
    """The query of `GET /drive/connections/{id}/folders`."""

    parent = serializers.CharField(  # type: ignore[assignment]
        max_length=LONGEST_ID,
        required=False,
        allow_blank=True,
        allow_null=True,
        default=None,
        help_text="The id of a folder; left out: where to begin.",
    )


class FolderToChooseAnswer(AnswerFields):
    """A folder of the source. `id` is what `input_id`, `output_id` and `parent` take."""

    id = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    is_readable = serializers.BooleanField(help_text="Its files are seen, so it can be watched.")
    is_writable = serializers.BooleanField(help_text="It can take results.")


class BrowseAnswer(AnswerFields):
    """The folders in one folder, by name."""

    folders = FolderToChooseAnswer(many=True)

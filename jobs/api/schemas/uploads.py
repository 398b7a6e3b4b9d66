from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields, Fields


class UploadByAddress(Fields):
    """Where the photo is."""

    url = serializers.CharField(
        max_length=2048, help_text="Address of the photo on the public internet, `https` or `http`."
    )


class PhotoForm(Fields):
    """The form of `POST /uploads`, which the view reads itself."""

    file = serializers.FileField(help_text="The photo.")


class UploadAnswer(AnswerFields):
    """An accepted photo. `expires_at`: when it is deleted, unless a job uses it first."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    size = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True)


class PartialUploadAnswer(AnswerFields):
    """A photo that is sent in parts. It is deleted at `expires_at` unless all of it has arrived."""

    id = serializers.UUIDField(help_text="Also of the photo, once all of it has arrived.")
    name = serializers.CharField()
    length = serializers.IntegerField(help_text="Bytes of the whole file.")
    offset = serializers.IntegerField(help_text="Bytes that have arrived: the next part begins there.")
    expires_at = serializers.DateTimeField()


class InputAnswer(AnswerFields):
    """The photo that a job was made from."""

    upload_id = serializers.UUIDField(source="id")
    name = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()

from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields


class ModelFileAnswer(AnswerFields):
    """A model file as "folder/file", the nodes that have it and the presets that need it."""

    name = serializers.CharField()
    nodes = serializers.ListField(child=serializers.CharField())
    presets = serializers.ListField(child=serializers.CharField())


class ModelFileListAnswer(AnswerFields):
    models = ModelFileAnswer(many=True)

from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields


class WorkflowLineAnswer(AnswerFields):
    """A preset's graph: where it is, where its photo goes (null: it takes none), and which node has the result."""

    slug = serializers.CharField(source="offer.preset.slug")
    version = serializers.IntegerField(source="offer.version.number")
    title = serializers.CharField(source="offer.manifest.title")
    price = serializers.IntegerField(source="offer.preset.price")
    photo_input = serializers.CharField(allow_null=True)
    output_node = serializers.CharField(source="offer.manifest.output_node")
    url = serializers.URLField()


class WorkflowListAnswer(AnswerFields):
    workflows = WorkflowLineAnswer(many=True)

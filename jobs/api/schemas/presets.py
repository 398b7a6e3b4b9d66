from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields


class PresetAnswer(AnswerFields):
    """An offered preset. `parameters` is a JSON schema (2020-12) of the parameters a job may have.

    `result_size_rule` says how large its pictures are by default. Only a preset that `has_seed` takes a seed
    and variations.
    """

    slug = serializers.CharField(source="preset.slug")
    version = serializers.IntegerField(source="version.number")
    title = serializers.CharField(source="manifest.title")
    summary = serializers.CharField(source="manifest.summary")
    description = serializers.CharField(source="manifest.description")
    category = serializers.CharField(source="manifest.category")
    needs_photo = serializers.BooleanField(source="manifest.needs_photo")
    result_size_rule = serializers.CharField(allow_blank=True)
    has_seed = serializers.BooleanField(source="manifest.has_seed")
    price = serializers.IntegerField(source="preset.price")
    available = serializers.BooleanField()
    takes_jobs = serializers.BooleanField()
    why = serializers.CharField(allow_blank=True)
    parameters = serializers.JSONField(source="manifest.to_json_schema")


class PresetListAnswer(AnswerFields):
    presets = PresetAnswer(many=True)

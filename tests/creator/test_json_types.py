"""Values of another JSON type are refused, each with what it must be; numbers and words are not converted."""

import pytest
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from creator.api.fields import Fields, read_fields, read_query


class Body(Fields):
    number = serializers.IntegerField(required=False, allow_null=True)
    really = serializers.BooleanField(required=False)
    text = serializers.CharField(required=False)
    ids = serializers.ListField(child=serializers.UUIDField(), required=False)
    at = serializers.DateTimeField(required=False)
    one_of = serializers.ChoiceField(choices=["1", "2"], required=False)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", "5", "Must be a whole number."),
        ("number", 5.5, "Must be a whole number."),
        ("number", True, "Must be a whole number."),
        ("really", 0, "Must be true or false."),
        ("really", "yes", "Must be true or false."),
        ("text", 7, "Must be a text."),
        ("text", ["a"], "Must be a text."),
        ("ids", "a", "Must be a list."),
        ("ids", [7], "Each must be a text."),
        ("at", 20261201, "Must be a text."),
        ("one_of", 1, "Must be a text."),
    ],
)
def test_another_type_is_refused(field, value, said):
    with pytest.raises(ValidationError) as refused:
        read_fields(Body, {field: value})
    assert refused.value.detail == {field: said}


def test_null_and_whole_numbers_with_a_point_are_taken():
    assert read_fields(Body, {"number": None}) == {"number": None}
    assert read_fields(Body, {"number": 5.0}) == {"number": 5}


def test_a_query_has_texts_only():
    assert read_query(Body, QueryDict("number=5&really=true")) == {"number": 5, "really": True}

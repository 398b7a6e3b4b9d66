"""The type of every body, query and answer of the API, one file per resource.

Answers are serializers over small frozen dataclasses, from which the OpenAPI document can be generated.
Addresses are absolute, times are ISO 8601 in UTC, sizes are in bytes and pixels.
"""

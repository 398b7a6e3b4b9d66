"""Describes one method of a view, from what the view declares (`creator.api.views.ApiView`)."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from rest_framework import serializers

from creator.api.description import Body, File
from creator.api.document import refusals
from creator.api.document.operation_ids import operation_id
from creator.api.document.parts import LIMITS, TAG_OF
from creator.api.fields import Fields, NoFields, RefusalAnswer

JSON = "application/json"
NO_NUL = r"^[^\u0000]*$"
"""No text of a request may hold that character (`creator.http.nul`)."""
SAYS = re.compile(r"`(GET|POST|PUT|PATCH|DELETE) [^`]+`: ")


class Operation(AutoSchema):
    """drf-spectacular maps the types of bodies and answers; all else is said here."""

    def get_operation_id(self) -> str:
        named: str = self.view.operation_ids.get(self.method, "")
        return named or operation_id(str(self.method), self._own_path(), is_list=self._lists())

    def get_description(self) -> str:
        """What the view's docstring says of this method, after its first sentence."""
        return self._said().partition(". ")[2]

    def get_summary(self) -> str:
        said = self._said().partition(". ")[0].rstrip(".")
        return said[:1].upper() + said[1:]

    def get_tags(self) -> list[str]:
        first = self._own_path().partition("/")[0]
        return [TAG_OF.get(first, first)]

    def get_auth(self) -> list[dict[str, list[str]]]:
        scope = self.view.scopes.get(self.method)
        return [{name: [str(scope)]} for name in ("apiKey", "bearer")] if scope else [{}]

    def is_deprecated(self) -> bool:
        return self.view.retirement is not None

    def get_override_parameters(self) -> list[Any]:
        asks = self.method in ("GET", "DELETE") and self.view.query_fields is not NoFields
        return [self.view.query_fields] if asks else []

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # the library would guess; an answer with rows declares them

    def _get_parameters(self) -> list[dict[str, Any]]:
        named = [_with_words(parameter) for parameter in super()._get_parameters()]
        return named + [{"$ref": f"#/components/parameters/{name}"} for name in self._headers_taken()]

    def _get_request_body(self, direction: str = "request") -> dict[str, Any] | None:
        if self.method not in ("POST", "PUT", "PATCH"):
            return None
        content, required = {}, True
        if (fields := self.view.body_fields) not in (None, NoFields):
            component = self.resolve_serializer(fields, direction)
            content[JSON], required = {"schema": component.ref}, bool(component.schema.get("required"))
        for media_type, kind in self.view.bodies.items():
            schema = self.resolve_serializer(kind, direction).ref if kind else _BYTES
            content[media_type] = {"schema": schema}
        return {"content": content, "required": required} if content else None

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        answers = dict(self.view.answers.get(self.method, {}))
        if self.method in self.view.repeatable and 202 in answers:
            answers[200] = (*_several(answers[202]), *_several(answers.get(200)))  # 202 is repeated as 200
        found = {str(status): self._answer(status, _several(body)) for status, body in answers.items()}
        envelope = self.resolve_serializer(RefusalAnswer, direction).ref
        return found | refusals.refusals(self._codes(), envelope)

    def get_extensions(self) -> dict[str, Any]:
        retirement = self.view.retirement
        return {"x-sunset": retirement.until.isoformat()} if retirement else {}

    def _map_basic_serializer(self, serializer: Any, direction: str) -> dict[str, Any]:
        schema: dict[str, Any] = super()._map_basic_serializer(serializer, direction)
        if isinstance(force_instance(serializer), Fields):
            schema["additionalProperties"] = False
            _forbid_nul(schema.get("properties", {}))
        return schema

    def _map_serializer_field(self, field: Any, direction: str, bypass_extensions: bool = False) -> Any:
        schema = super()._map_serializer_field(field, direction, bypass_extensions)
        if isinstance(field, serializers.ListField) and not field.allow_empty:
            schema["minItems"] = 1
        if schema and schema.get("default") == "" and "minLength" in schema:
            del schema["default"]  # it stands for a field that is left out
        return schema

    def _get_serializer_name(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> str:
        if isinstance(serializer, serializers.ListSerializer):
            serializer = serializer.child
        return str(serializer.__class__.__name__)

    def _answer(self, status: int, bodies: tuple[Body, ...]) -> dict[str, Any]:
        schemas = [
            self.resolve_serializer(each, "response").ref for each in bodies if not isinstance(each, File)
        ]
        content: dict[str, Any] = {each.media_type: {} for each in bodies if isinstance(each, File)}
        if schemas:
            content[JSON] = {"schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}}
        answer: dict[str, Any] = {"description": _OUTCOMES.get(status, "Done.")}
        names = self._headers_sent(status, bodies)
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
        return answer | ({"content": content} if content else {})

    def _headers_sent(self, status: int, bodies: tuple[Body, ...]) -> list[str]:
        names = ["X-Request-ID"]
        if self.view.scopes.get(self.method):
            names += LIMITS
        if status == 202 and self.view.scopes.get(self.method):
            names.append("Location")
        if self.method in self.view.repeatable:
            names.append("Idempotency-Replayed")
        if "Prefer" in self.view.takes_headers.get(self.method, ()):
            names.append("Preference-Applied")
        if 304 in self.view.answers[self.method]:
            names.append("ETag")
        if self.view.retirement:
            names += ("Deprecation", "Sunset", "Link")
        return names

    def _headers_taken(self) -> list[str]:
        taken = list(self.view.takes_headers.get(self.method, ()))
        if self.method in self.view.repeatable:
            taken.append("Idempotency-Key")
        if 304 in self.view.answers.get(self.method, {}):
            taken.append("If-None-Match")
        return taken

    def _codes(self) -> set[str]:
        codes = {*refusals.EVERYWHERE, *self.view.refusals.get(self.method, ()), "invalid_parameters"}
        if self.view.scopes.get(self.method):
            codes |= set(refusals.WITH_CALLER)
        elif self.method == "POST":
            codes.add("rate_limited")
        if self.method in ("POST", "PUT", "PATCH"):
            codes |= set(refusals.WITH_BODY)
        if self.method in self.view.repeatable:
            codes.add("idempotency_conflict")
        if "{" in self.path:
            codes.add("not_found")
        return codes

    def _lists(self) -> bool:
        kinds = _several(self.view.answers.get(self.method, {}).get(200))
        rows = self._own_path().rpartition("/")[2]
        return any(rows in kind().fields for kind in kinds if isinstance(kind, type))

    def _own_path(self) -> str:
        return re.sub(self.path_prefix, "", self.path).strip("/")

    def _said(self) -> str:
        """The part of the view's docstring about this method, on one line."""
        said = " ".join((self.view.__doc__ or "").split())
        parts = SAYS.split(said)
        by_method = dict(zip(parts[1::2], parts[2::2], strict=True))
        return str(by_method.get(self.method, said)).strip()


_BYTES = {"type": "string", "format": "binary"}
_OUTCOMES = {
    200: "Done.",
    201: "Made.",
    202: "Accepted.",
    204: "Done; there is nothing to say.",
    206: "The part that was asked for.",
    304: "Nothing has changed.",
}


def _forbid_nul(properties: dict[str, Any]) -> None:
    for schema in properties.values():
        kinds = schema.get("type", ())
        if "string" in ([kinds] if isinstance(kinds, str) else kinds) and not schema.keys() & {
            "format",
            "enum",
        }:
            schema.setdefault("pattern", NO_NUL)


def _several(body: Body | tuple[Body, ...] | None) -> tuple[Body, ...]:
    return body if isinstance(body, tuple) else (body,) if body else ()


def _with_words(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter of a path says whose id it is."""
    if parameter["in"] != "path" or parameter.get("description"):
        return parameter
    thing = parameter["name"].removesuffix("_id").replace("_", " ")
    return {**parameter, "description": f"The id of the {thing}."}

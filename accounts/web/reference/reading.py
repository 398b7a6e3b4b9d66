"""What the pages show of the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.web.reference.curl import command
from accounts.web.reference.fields import FieldRow, kind_of, resolved, rows_of, text_of
from creator.api.openapi import document, exchanges_of

JSON, STREAM = "application/json", "text/event-stream"
SHORT_LINES = 12
"""Longer answers are shown when they are asked for."""


@dataclass(frozen=True)
class Example:
    """`status` 0: the answer was not recorded. `is_file`: it is a file."""

    title: str
    curl: str
    status: int
    answer: str
    is_file: bool = False

    @property
    def is_short(self) -> bool:
        return self.answer.count("\n") < SHORT_LINES


@dataclass(frozen=True)
class AnswerRow:
    """What comes with a status that is no refusal."""

    status: str
    text: str
    kinds: list[str]
    fields: list[FieldRow]


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    id: str
    tag: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    sunset: str
    """The day on which a deprecated one ends; else empty."""
    raw: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The name as words: `Create job`."""
        return self.id.replace("_", " ").capitalize()

    @property
    def parameters(self) -> list[FieldRow]:
        """Those of the path, the query and the headers."""
        found = [resolved(document(), each) for each in self.raw.get("parameters", ())]
        return [
            FieldRow(
                each["name"],
                f"{kind_of(document(), each['schema'])}, in the {each['in']}",
                text_of({**each["schema"], "description": each.get("description", "")}),
                each.get("required", False),
            )
            for each in found
        ]

    @property
    def bodies(self) -> list[tuple[str, list[FieldRow]]]:
        """Media type and fields of each body that is taken."""
        content = self.raw.get("requestBody", {}).get("content", {})
        return [(kind, list(rows_of(document(), each["schema"]))) for kind, each in content.items()]

    @property
    def answers(self) -> list[AnswerRow]:
        """Answers with a body of theirs, by status."""
        return [
            _answer(status, answer)
            for status, answer in sorted(self.raw["responses"].items())
            if status < "400"
        ]

    @property
    def codes(self) -> list[str]:
        """Codes of the errors, by status."""
        found = [resolved(document(), answer) for _, answer in sorted(self.raw["responses"].items())]
        return [code for answer in found for code in answer.get("x-codes", ())]

    def examples(self, site: str, key: str) -> list[Example]:
        """The recorded exchanges, with this site and key in the commands. Without any: a command if it needs no body."""
        recorded = exchanges_of(self.id)
        if not recorded and not self.bodies:
            return [self._plain_example(site, key)]
        return [
            Example(
                each["title"],
                command(site, self.path, each["request"], key=key, opens=not self.scope),
                each["answer"]["status"],
                _answer_text(each["answer"]),
            )
            for each in recorded
        ]

    def _plain_example(self, site: str, key: str) -> Example:
        found = [resolved(document(), each) for each in self.raw.get("parameters", ())]
        headers = {
            each["name"]: each["schema"].get("enum", [f"${each['name'].upper().replace('-', '_')}"])[0]
            for each in found
            if each["in"] == "header" and each.get("required")
        }
        plain: dict[str, Any] = {"method": self.method, "path": self.path, "headers": headers, "body": None}
        is_file = any(kind != STREAM for answer in self.answers for kind in answer.kinds)
        curl = command(site, self.path, plain, key=key, opens=not self.scope, saves=is_file)
        return Example("", curl, 0, "", is_file=is_file)


def operations() -> list[Operation]:
    """All of them, in the order of the addresses."""
    return [
        Operation(
            id=each["operationId"],
            tag=each["tags"][0],
            method=method.upper(),
            path=path,
            summary=each["summary"],
            text=each.get("description", ""),
            scope=next(iter(each["security"][0].values()), [""])[0],
            sunset=each.get("x-sunset", ""),
            raw=each,
        )
        for path, methods in document()["paths"].items()
        for method, each in methods.items()
    ]


def tags() -> list[tuple[str, str, list[Operation]]]:
    """Name, description and operations of each tag that has some."""
    found = operations()
    named = [(tag["name"], tag["description"]) for tag in document()["tags"]]
    grouped = [(name, text, [each for each in found if each.tag == name]) for name, text in named]
    return [(name, text, inside) for name, text, inside in grouped if inside]


def _answer(status: str, answer: Mapping[str, Any]) -> AnswerRow:
    content = answer.get("content", {})
    fields = [
        row for kind, each in content.items() if kind == JSON for row in rows_of(document(), each["schema"])
    ]
    return AnswerRow(status, answer["description"], [kind for kind in content if kind != JSON], fields)


def _answer_text(answer: Mapping[str, Any]) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in answer["headers"].items())
    body = json.dumps(answer["body"], indent=2, ensure_ascii=False) if answer["body"] is not None else ""
    return "\n".join(part for part in (headers, body) if part)

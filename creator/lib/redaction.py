"""Removes from foreign text what even staff need not read: addresses, folders, keys and tokens."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

RULES = (
    (re.compile(r"\b[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>]+", re.IGNORECASE), "[url]"),
    (re.compile(r"\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}"), "[mail]"),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE), r"\1 [secret]"),
    (
        re.compile(
            r"((?:token|secret|passw(?:or)?d|api[_-]?key|authorization|signature)[\w-]{0,32}+[\"']?\s{0,4}[:=]\s{0,4})"
            r"(?:\"[^\"]*\"|'[^']*'|[^\s,;}&\"']+)",
            re.IGNORECASE,
        ),
        r"\1[secret]",
    ),
    (re.compile(r"\b(?:sk|pk|rk|hf|gh[opsu]|glpat|xox[abp]|AKIA)[-_]?[A-Za-z0-9_-]{12,}"), "[secret]"),
    (re.compile(r"(?<![\w-])(?=[A-Za-z_+=]{0,99}\d)(?=[\d_+=]{0,99}[A-Za-z])[\w+=]{32,}+"), "[secret]"),
    (re.compile(r"([\"'])(?:[A-Za-z]:|~)?[\\/][^\"'\n]*[\\/](?=[^\"'\\/\n]*\1)"), r"\1…/"),
    (re.compile(r"(?<![\w.~…])(?:[A-Za-z]:|~)?[\\/][^\s\"':;,()\[\]<>]*[\\/](?=[^\\/\s\"'])"), "…/"),
    (re.compile(r"(?<![\w.~…/\\])[\\/](?=[A-Za-z0-9_.])"), "…/"),
)
"""Each pattern with what takes its place. Of a path the last part stays: the name of a program's file."""


LONGEST_LOGGED = 2000


def redact_details(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """A processor of structlog: `detail` has the words of a node, in every line that has one."""
    if isinstance(event.get("detail"), str):
        event["detail"] = redact(event["detail"], limit=LONGEST_LOGGED)
    return event


def redact(text: str, *, limit: int) -> str:
    """Returns `text` without addresses, folders and secrets, cut to `limit` characters."""
    for pattern, instead in RULES:
        text = pattern.sub(instead, text)
    return text if len(text) <= limit else text[: limit - 1] + "…"

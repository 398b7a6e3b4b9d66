"""A recorded request as a curl command that works when it is pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

KEY = "$KEY"
IDS = re.compile(r'"((\w+_id)s?)": (\[?)"[0-9a-f-]{36}"')
PARAMETER = re.compile(r"\{(\w+)\}")


def command(
    site: str, path: str, request: Mapping[str, Any], *, key: str, opens: bool, saves: bool = False
) -> str:
    """The command. `path` is that of the document, such as `/api/v1/jobs/{job_id}`; ids become shell variables.

    `key` stands in the header, unless the operation `opens` to everybody. `saves`: it answers with a file.
    """
    parts = ["curl"]
    if request["method"] not in ("GET", "POST") or (request["method"] == "POST" and not _sends(request)):
        parts.append(f"-X {request['method']}")
    if not opens:
        parts.append(f'-H "X-API-Key: {key or KEY}"')
    parts += ["-OJ"] if saves else []
    parts += [f'-H "{name}: {value}"' for name, value in request["headers"].items()]
    if request.get("file"):
        parts.append(f'-F "file=@{request["file"]}"')
    if request["body"] is not None:
        parts += ['-H "Content-Type: application/json"', f"-d {_quoted(request['body'])}"]
    query = request["path"].partition("?")[2]
    address = (
        site + PARAMETER.sub(lambda found: f"${found[1].upper()}", path) + (f"?{query}" if query else "")
    )
    return " \\\n  ".join([" ".join(parts[:2]), *parts[2:], f'"{address}"'])


def _sends(request: Mapping[str, Any]) -> bool:
    return request["body"] is not None or bool(request.get("file"))


def _quoted(body: Any) -> str:
    """The JSON in single quotes for a shell, with variables for ids."""
    text = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return "'" + IDS.sub(lambda found: f'"{found[1]}": {found[3]}"\'"${found[2].upper()}"\'"', text) + "'"

"""The file `.env`: settings as `NAME=value` lines."""

from __future__ import annotations

import re
from pathlib import Path

from creator.config.declaration import ConfigError

LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)", re.ASCII)
QUOTED = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')\s*(?:#.*)?""")
COMMENT = re.compile(r"\s+#.*")


def read_env_file(path: Path) -> dict[str, str]:
    """The settings in the file; none if there is no file.

    A `#` after white space begins a comment. A value in quotes may contain one. Raises ConfigError.
    """
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if match := LINE.fullmatch(text):
            found[match[1]] = _value_of(match[2])
        else:
            wrong.append(f"line {number} of {path.name} must be NAME=value")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return found


def _value_of(raw: str) -> str:
    if quoted := QUOTED.fullmatch(raw):
        double, single = quoted.groups()
        return single if double is None else re.sub(r"\\(.)", r"\1", double)
    return COMMENT.sub("", raw).strip()

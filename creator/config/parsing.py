"""Converts the text of an environment variable to its default's type, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from creator.config.core import Environment
from creator.config.declaration import ConfigError

ALIASES = {"development": "local", "testing": "test"}
BOOLEANS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)


def parse(name: str, raw: str, default: Any) -> Any:
    """Parses `raw` to the type of `default`. Raises ConfigError that names the variable."""
    kind = Path if isinstance(default, Path) else type(default)
    try:
        return _PARSERS[kind](raw)
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{name} must be {_EXPECTED[kind]}, not {raw!r}") from error


def as_text(default: Any) -> str:
    """Formats a default for the README's table."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, Path):
        return default.name
    return str(default)


_PARSERS: dict[type, Any] = {
    bool: lambda raw: BOOLEANS[raw.strip().lower()],
    int: int,
    float: float,
    str: str,
    tuple: lambda raw: tuple(part.strip() for part in raw.split(",") if part.strip()),
    Environment: lambda raw: Environment(str(ALIASES.get(raw, raw))),
    Path: lambda raw: Path(raw).expanduser().resolve(),
}
_EXPECTED: dict[type, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    Environment: "local, production or test",
}

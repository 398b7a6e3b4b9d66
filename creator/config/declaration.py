"""How one setting is declared: every field of a group is one environment variable."""

from __future__ import annotations

from dataclasses import field
from typing import Any


class ConfigError(Exception):
    """Environment variables are missing or wrong; the message has a line for each."""


def setting(name: str, default: Any, help_text: str) -> Any:
    """One field of a group: the variable's name, its default, and its text for the README."""
    return field(default=default, metadata={"name": name, "help": help_text})

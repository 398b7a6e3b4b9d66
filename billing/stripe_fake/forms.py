"""Parameters as Stripe's clients send them: `items[0][price]=price_1&expand[]=customer`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

_NAME = re.compile(r"\[([^\[\]]*)\]")


def read_form(encoded: str) -> dict[str, Any]:
    """Nested dicts and lists of text from a form-encoded body or query."""
    return nested(parse_qsl(encoded, keep_blank_values=True))


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nested dicts and lists of text from pairs such as `("items[0][price]", "price_1")`."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        first, *rest = [name.split("[", 1)[0], *_NAME.findall(name)]
        node, key = tree, first
        for each in rest:
            node = node.setdefault(key, {})
            key = each or str(len(node))
        node[key] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(node: Any) -> Any:
    """Dicts whose keys are 0, 1, 2 … become lists."""
    if not isinstance(node, dict):
        return node
    values = {key: _with_lists(value) for key, value in node.items()}
    if values and all(key.isdecimal() for key in values):
        return [values[key] for key in sorted(values, key=int)]
    return values

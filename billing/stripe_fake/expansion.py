"""`expand[]`: ids in an answer become the objects themselves: https://docs.stripe.com/api/expanding_objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.lists import first_rows

EXPANDABLE = {
    "charge": {"customer": "customer", "payment_intent": "payment_intent"},
    "checkout.session": {
        "customer": "customer",
        "invoice": "invoice",
        "payment_intent": "payment_intent",
        "subscription": "subscription",
    },
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "invoice": {"customer": "customer", "default_payment_method": "payment_method"},
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
    },
    "price": {"product": "product"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "subscription": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "latest_invoice": "invoice",
        "schedule": "subscription_schedule",
    },
    "subscription_schedule": {"customer": "customer", "subscription": "subscription"},
}
"""For each kind of object, the fields with an id that can be expanded, and what they name."""

_included: dict[tuple[str, str], Callable[[Any, dict[str, Any]], list[dict[str, Any]]]] = {}
"""Lists that an answer has only if they are expanded."""

Rows = list[dict[str, Any]]


def includes(kind: str, name: str) -> Callable[[Callable[[Any, Any], Rows]], Callable[[Any, Any], Rows]]:
    """Registers what makes a list of an object: it gets the world and the object, and returns rows."""

    def register(make: Callable[[Any, Any], Rows]) -> Callable[[Any, Any], Rows]:
        _included[kind, name] = make
        return make

    return register


def expand(world: Any, answer: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """Expands paths such as `data.latest_invoice` in a copy of an answer. Raises StripeError."""
    for path in paths:
        if path.count(".") > 3:
            raise bad_request(f"You cannot expand more than 4 levels of a property ({path}).", param="expand")
        _expand(world, answer, path.split("."), path)
    return answer


def _expand(world: Any, node: dict[str, Any], names: list[str], path: str) -> None:
    name, *rest = names
    kind = node.get("object", "")
    if (kind, name) in _included:
        rows = _included[kind, name](world, node)
        node.setdefault(name, deepcopy(first_rows(rows, f"/v1/{kind}s/{node['id']}/{name}")))
    elif name in EXPANDABLE.get(kind, {}):
        if isinstance(node.get(name), str):
            node[name] = deepcopy(world.rows[EXPANDABLE[kind][name]][node[name]])
    elif not isinstance(node.get(name), dict | list):
        raise bad_request(f"This property cannot be expanded ({path}).", param="expand")
    if rest:
        for each in _objects_in(node.get(name)):
            _expand(world, each, rest, path)


def _objects_in(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, dict)]
    return [value] if isinstance(value, dict) else []

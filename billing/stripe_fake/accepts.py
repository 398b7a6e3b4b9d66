"""Which parameters a call accepts. An unknown one is refused, as Stripe does, at any depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from billing.stripe_fake.errors import bad_request

Reader = Callable[[Any, str], Any]
Accepted = Any
"""A reader of one value, `{name: Accepted}` for an object, or `[Accepted]` for a list."""


def text(value: Any, name: str) -> str:
    if isinstance(value, dict | list):
        raise bad_request(f"Invalid string: {name}", param=name)
    return str(value)


def whole(value: Any, name: str) -> int:
    """A whole number; moments are whole seconds since 1970."""
    try:
        return int(value)
    except (TypeError, ValueError):
        raise bad_request(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name) from None


def boolean(value: Any, name: str) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise bad_request(f"Invalid boolean: {value}", param=name)
    return str(value).lower() == "true"


def metadata(value: Any, name: str) -> dict[str, str]:
    """Names with text; empty text removes a name. `""` removes all: https://docs.stripe.com/api/metadata."""
    if value == "":
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"Invalid hash: {name}", param=name)
    return {str(key): text(each, f"{name}[{key}]") for key, each in value.items()}


def one_of(*choices: str) -> Reader:
    def read(value: Any, name: str) -> str:
        if value not in choices:
            raise bad_request(f"Invalid {name}: must be one of {', '.join(choices)}", param=name)
        return str(value)

    return read


def now_or_moment(value: Any, name: str) -> int | str:
    return "now" if value == "now" else whole(value, name)


CREATED = {"gt": whole, "gte": whole, "lt": whole, "lte": whole}
LIST = {"limit": whole, "starting_after": text, "ending_before": text}


def read(given: Any, accepted: Accepted, name: str = "") -> Any:
    """The parameters with their types. Raises StripeError for one that is unknown or malformed."""
    if callable(accepted):
        return accepted(given, name)
    if isinstance(accepted, list):
        return _read_list(given, accepted[0], name)
    if not isinstance(given, dict):
        raise bad_request(f"Invalid object: {name}", param=name)
    unknown = sorted(set(given) - set(accepted))
    if unknown:
        param = _inside(name, unknown[0])
        raise bad_request(f"Received unknown parameter: {param}", code="parameter_unknown", param=param)
    return {key: read(value, accepted[key], _inside(name, key)) for key, value in given.items()}


def _read_list(given: Any, accepted: Accepted, name: str) -> list[Any]:
    if not isinstance(given, list):
        raise bad_request(f"Invalid array: {name}", param=name)
    return [read(value, accepted, f"{name}[{number}]") for number, value in enumerate(given)]


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def need(given: dict[str, Any], *names: str) -> None:
    """Raises StripeError unless all of these parameters were given."""
    for name in names:
        if given.get(name) in (None, "", []):
            raise bad_request(f"Missing required param: {name}.", code="parameter_missing", param=name)

"""What an event of Stripe says of interest: which object changed, and whose it is (pure).

Its copy of the object is not read any further: it may be older than what Stripe says when it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from creator.lib.errors import Refused

UNREADABLE = "This message is not an event of Stripe."


@dataclass(frozen=True)
class Event:
    """`customer_id` is empty if the object does not name one. `account` is set for an account other than ours."""

    id: str
    type: str
    customer_id: str
    object_id: str
    is_live: bool
    account: str
    created_at: datetime


def parse_event(body: bytes) -> Event:
    """Raises Refused `malformed_request` for anything but an event of Stripe's API v1."""
    try:
        return read_event(json.loads(body))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("malformed_request", UNREADABLE) from error


def read_event(event: Mapping[str, Any]) -> Event:
    """From the fields of an event (https://docs.stripe.com/api/events/object). Raises LookupError, TypeError."""
    if event["object"] != "event":
        raise LookupError("object")
    about = event["data"]["object"]
    return Event(
        id=str(event["id"]),
        type=str(event["type"]),
        customer_id=_customer_of(about),
        object_id=_object_of(about),
        is_live=bool(event["livemode"]),
        account=str(event.get("account") or ""),
        created_at=datetime.fromtimestamp(event["created"], UTC),
    )


def id_of(reference: Any) -> str:
    """The id of an object that Stripe names by its id, gives whole, or leaves out."""
    return str(reference["id"] if isinstance(reference, Mapping) else reference or "")


def _customer_of(about: Mapping[str, Any]) -> str:
    return id_of(about if about["object"] == "customer" else about.get("customer"))


def _object_of(about: Mapping[str, Any]) -> str:
    """Disputes and refunds name no customer, but the charge that has one."""
    return id_of(about.get("charge") or about.get("id"))

"""A Stripe in memory: its objects, its clock, its events. Nothing here knows Creator."""

from __future__ import annotations

import json
import random
import string
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Literal

from billing.stripe_fake import accepts
from billing.stripe_fake.calls import find_call
from billing.stripe_fake.clock import next_due
from billing.stripe_fake.errors import StripeError, bad_request, missing, server_error
from billing.stripe_fake.expansion import expand
from billing.stripe_fake.faults import Fault, Faults
from billing.stripe_fake.idempotency import Answer, Answers
from billing.stripe_fake.signing import signature_header

ADDRESS = "http://127.0.0.1:12111"
API_VERSION = "2026-05-27.dahlia"
_LETTERS = string.ascii_letters + string.digits
SECRET = "whsec_of_the_fake"  # noqa: S105  of no real endpoint
Row = dict[str, Any]
Deliver = Callable[[bytes, str], None]
"""Gets an event's payload and its signature header."""


class World:
    """One Stripe account in one mode.

    Objects are dicts in the shape in which Stripe answers with them. What Stripe knows and does not show
    is in `hidden`. All work is done under one lock; events are delivered after it is released.
    """

    def __init__(
        self,
        *,
        now: datetime | None = None,
        is_live: bool = False,
        deliver: Deliver | None = None,
        webhook_secrets: Sequence[str] = (SECRET,),
        pages: str = ADDRESS,
        after_retries: Literal["canceled", "unpaid"] = "canceled",
        seed: int | None = None,
    ) -> None:
        """`seed`: the same ids in each run; None: ids that no other world has."""
        self.now = int((now or datetime.now(UTC)).timestamp())
        self.is_live = is_live
        self.deliver = deliver
        self.webhook_secrets = list(webhook_secrets)
        self.pages = pages
        self.after_retries = after_retries
        self.rows: dict[str, dict[str, Row]] = {}
        self.hidden: dict[str, Row] = {}
        self.events: list[Row] = []
        self.faults = Faults()
        self.answers = Answers()
        self._random = random.Random(seed)  # noqa: S311  ids are no secrets
        self._lock = threading.RLock()
        self._depth = 0
        self._thread = threading.local()
        self._undelivered: deque[Row] = deque()
        self._request: Row | None = None

    # The API

    def handle(
        self,
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
        version: str | None = API_VERSION,
    ) -> Answer:
        """The status and body with which Stripe answers a call.

        `params`: nested dicts and lists, see `forms.read_form`. Raises ConnectionError where a fault wants it.
        """
        fault = self.faults.take(method, path)
        if fault and fault.kind == "refused":
            raise ConnectionRefusedError("a fault of the fake Stripe")
        if fault and fault.kind == "500_before":
            return 500, server_error().body()

        def work() -> Answer:
            if fault and fault.kind == "slow":
                time.sleep(fault.seconds)
            return self._answer(method, path, params or {}, idempotency_key, version, fault)

        try:
            if idempotency_key and method == "POST":
                answer = self.answers.once(idempotency_key, [method, path, params or {}], work, self.now)
            else:
                answer = work()
        except StripeError as refused:
            answer = refused.status, refused.body()
        if fault and fault.kind == "lost_after":
            raise ConnectionResetError("a fault of the fake Stripe")
        return answer

    def _answer(
        self,
        method: str,
        path: str,
        params: dict[str, Any],
        key: str | None,
        version: str | None,
        fault: Fault | None,
    ) -> Answer:
        try:
            if version != API_VERSION:
                raise bad_request(f"This fake speaks only version {API_VERSION} of the API, not {version}.")
            call, in_path = find_call(method, path)
            given = accepts.read(params, call.accepted)
            paths = given.pop("expand", [])
            with self.at_work():
                self._request = {"id": self.new_id("req"), "idempotency_key": key}
                try:
                    body = deepcopy(call.work(self, *in_path.values(), given))
                    body = expand(self, body, paths)
                finally:
                    self._request = None
        except StripeError as refused:
            return refused.status, refused.body()
        if fault and fault.kind == "500_after":
            return 500, server_error().body()
        return 200, body

    # Objects

    def add(self, prefix: str, row: Row, **hidden: Any) -> Row:
        """Stores a new object, with an id of that prefix unless it has one; `hidden`: what Stripe does not show."""
        row = {"id": row.get("id") or self.new_id(prefix), **{k: v for k, v in row.items() if k != "id"}}
        self.rows.setdefault(row["object"], {})[row["id"]] = row
        self.hidden[row["id"]] = hidden
        return row

    def all(self, kind: str) -> list[Row]:
        """All objects of a kind, oldest first."""
        return [row for row in self.rows.get(kind, {}).values() if not row.get("deleted")]

    def find(self, kind: str, id: str, *, param: str = "id") -> Row:
        """The object itself. Raises StripeError if there is none, or if a parameter names a deleted one."""
        row = self.rows.get(kind, {}).get(id)
        if row is None or (row.get("deleted") and param != "id"):
            raise missing(kind, id, param=param)
        return row

    # Events

    def emit(self, type: str, row: Row, previous: Row | None = None) -> None:
        """Records an event with the object as it is now, to be delivered once the work is done."""
        data = {"object": deepcopy(row)} | ({"previous_attributes": previous} if previous else {})
        event = {
            "id": self.new_id("evt"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now,
            "data": data,
            "livemode": self.is_live,
            "pending_webhooks": 1 if self.deliver else 0,
            "request": self._request or {"id": None, "idempotency_key": None},
            "type": type,
        }
        self.events.append(event)
        self._undelivered.append(event)

    @contextmanager
    def changing(self, row: Row, type: str) -> Iterator[Row]:
        """Emits an event with what the block changed in the object, if it changed anything."""
        before = deepcopy(row)
        yield row
        previous = {name: value for name, value in before.items() if row.get(name) != value}
        if previous:
            self.emit(type, row, previous)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Holds the lock; delivers the events once the outermost work is done."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                is_outermost = not self._depth
        if is_outermost:
            self._deliver_waiting()

    def _deliver_waiting(self) -> None:
        """In order, also when a receiver calls this Stripe again meanwhile."""
        if getattr(self._thread, "delivers", False):
            return
        self._thread.delivers = True
        try:
            while self._undelivered:
                event = self._undelivered.popleft()
                if self.deliver is not None:
                    self.deliver(*self.signed(event))
        finally:
            self._thread.delivers = False

    def signed(self, event: Row) -> tuple[bytes, str]:
        """An event's payload and signature header, as an endpoint gets them."""
        payload = json.dumps(event, indent=2).encode()
        return payload, signature_header(payload, self.webhook_secrets)

    # The clock

    def advance(self, to: datetime) -> None:
        """Moves the clock on. All that falls due until then happens at its own time."""
        with self.at_work():
            until = int(to.timestamp())
            if until < self.now:
                raise ValueError("the clock of a Stripe never goes back")
            while (due := next_due(self, until)) is not None:
                self.now = max(self.now, due.at)
                due.work()
            self.now = until

    def new_id(self, prefix: str) -> str:
        """An id as Stripe's look: a prefix and 24 letters and digits."""
        return f"{prefix}_{''.join(self._random.choices(_LETTERS, k=24))}"

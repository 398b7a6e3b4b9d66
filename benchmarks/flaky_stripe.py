"""The fake Stripe in this process, whose webhooks are lost, doubled and reordered on their way."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import uvicorn

from billing.stripe_fake import FAILS_LATER, GOOD, World, people
from billing.stripe_fake.errors import StripeError
from billing.stripe_fake.server.app import Site
from billing.stripe_fake.server.store import Store
from tests.services.process import free_port

LOST, TIMES, LATEST_S = 0.2, (1, 1, 2, 5), 3.0
"""Share of webhooks that never come; how often the others come; seconds until one of them does, at most."""


class FlakyStripe:
    """`endpoints`: the address that gets webhooks; empty while nothing listens. The seed determines what is done."""

    def __init__(self, folder: Path, chance: random.Random, secret: str) -> None:
        self.endpoints: list[str] = []
        self.counts = Counter[str]()
        self.world = World(deliver=self._deliver, webhook_secrets=[secret])
        self._chance = chance
        self._lock = threading.Lock()
        port = free_port()
        self.url = self.world.pages = f"http://127.0.0.1:{port}"
        site = Site(self.world, Store(folder / "world.json"))
        config = uvicorn.Config(site.app(), port=port, log_level="critical", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.05)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)

    def act(self) -> None:
        """Something that time, a bank or staff do at Stripe."""
        acts: dict[Callable[[], Any], int] = {
            self._pass_time: 6,
            self._refund: 2,
            self._dispute: 1,
            self._close_dispute: 1,
            self._change_card: 2,
        }
        [act] = self._chance.choices(list(acts), list(acts.values()))
        try:
            with self.world.at_work():
                act()
            self.counts[act.__name__.strip("_")] += 1
        except (StripeError, ValueError, IndexError):
            self.counts["nothing to do"] += 1

    def _pass_time(self) -> None:
        live = [each["id"] for each in self.world.all("subscription") if each["ended_at"] is None]
        people.pass_time(self.world, self._chance.choice(live))

    def _refund(self) -> None:
        charge = self._charge()
        people.refund(self.world, charge["id"], self._chance.choice([None, charge["amount"] // 2]))

    def _dispute(self) -> None:
        people.open_dispute(self.world, self._charge()["id"])

    def _close_dispute(self) -> None:
        open_ = [each["id"] for each in self.world.all("dispute") if each["status"] == "needs_response"]
        people.close_dispute(self.world, self._chance.choice(open_), self._chance.choice(["won", "lost"]))

    def _change_card(self) -> None:
        customer = self._chance.choice(self.world.all("customer"))["id"]
        people.change_card(self.world, customer, self._chance.choice([GOOD, GOOD, FAILS_LATER]))

    def _charge(self) -> Any:
        paid = [each for each in self.world.all("charge") if each["paid"] and not each["disputed"]]
        return self._chance.choice(paid)

    def _deliver(self, payload: bytes, signature: str) -> None:
        with self._lock:
            if self._chance.random() < LOST:
                self.counts["webhooks lost"] += 1
                return
            waits = [self._chance.uniform(0, LATEST_S) for _ in range(self._chance.choice(TIMES))]
        for wait_s in waits:
            timer = threading.Timer(wait_s, self._post, [payload, signature])
            timer.daemon = True
            timer.start()

    def _post(self, payload: bytes, signature: str) -> None:
        headers = {"Content-Type": "application/json", "Stripe-Signature": signature}
        try:
            url = f"{self.endpoints[0]}/stripe/webhook/"
            answer = httpx2.post(url, content=payload, headers=headers, timeout=10, trust_env=False)
        except (httpx2.TransportError, IndexError):
            self.counts["webhooks to a dead process"] += 1
            return
        self.counts[f"webhooks answered {answer.status_code}"] += 1

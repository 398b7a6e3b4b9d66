"""`python -m benchmarks.buyer EMAIL SEED`: a person who buys, changes plans and spends, again and again.

It calls the domain functions of the pages, and pays on the pages of the fake Stripe over HTTP. On SIGTERM it ends its
jobs and prints a line of JSON: how often each act worked, was refused, and failed for any other reason.
"""

from __future__ import annotations

import json
import random
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import django
import httpx2

READY = "Buyer is on"
GOOD, DECLINED = "4242424242424242", "4000000000000002"
PRICE, LABEL = 3, "cinematic"
PAUSE_S = 0.05
UNPAID, DECLINED_OF, TWICE = 0.15, 0.1, 0.3
"""Shares: of pages that are left unpaid, of cards that are declined, of pages that are paid in two tabs at once."""


class Buyer:
    """Needs Django to be set up."""

    def __init__(self, email: str, chance: random.Random) -> None:
        from accounts.models import User
        from billing.ledger import open_credit_account

        self._user, _ = User.objects.get_or_create(email=email)
        open_credit_account(self._user)
        self._chance = chance
        self._held: list[str] = []
        self._browser = httpx2.Client(trust_env=False, timeout=30)

    def acts(self) -> dict[Callable[[], None], int]:
        """What the person does, and how often in comparison."""
        return {
            self.spend: 40,
            self.end_job: 40,
            self.top_up: 6,
            self.subscribe: 8,
            self.change_plan: 6,
            self.cancel: 2,
            self.resume: 3,
        }

    def spend(self) -> None:
        from django.db import transaction

        from billing.ledger import hold_credits

        amounts = {f"job:{uuid4()}": PRICE for _ in range(self._chance.randint(1, 5))}
        with transaction.atomic():
            hold_credits(owner_id=self._user.pk, amounts=amounts, label=LABEL)
        self._held += amounts

    def end_job(self) -> None:
        from django.db import transaction

        from billing.ledger import release, settle

        if self._held:
            reference = self._held.pop(self._chance.randrange(len(self._held)))
            with transaction.atomic():
                self._chance.choice([settle, settle, release])(reference)

    def top_up(self) -> None:
        from billing.models import CreditPack
        from billing.payments.checkout import start_top_up

        self._pay(start_top_up(self._user, self._chance.choice(list(CreditPack.objects.all()))))

    def subscribe(self) -> None:
        from billing.payments.checkout import start_subscription

        self._pay(start_subscription(self._user, self._plan()))

    def change_plan(self) -> None:
        from billing.payments.changes import change_subscription

        change_subscription(self._user, self._plan())

    def cancel(self) -> None:
        from billing.payments.changes import cancel_subscription

        cancel_subscription(self._user)

    def resume(self) -> None:
        from billing.payments.changes import resume_subscription

        resume_subscription(self._user)

    def end_all_jobs(self) -> None:
        while self._held:
            self.end_job()

    def _plan(self) -> Any:
        from billing.models import Plan

        return Plan.objects.get(slug=self._chance.choice(["creator", "studio"]))

    def _pay(self, address: str) -> None:
        if self._chance.random() < UNPAID:
            return
        card = DECLINED if self._chance.random() < DECLINED_OF else GOOD
        tabs = [
            threading.Thread(target=self._browser.post, args=[address], kwargs={"data": {"card": card}})
            for _ in range(2 if self._chance.random() < TWICE else 1)
        ]
        for tab in tabs:
            tab.start()
        for tab in tabs:
            tab.join()


def main(email: str, seed: str) -> None:
    django.setup()
    from creator.lib.errors import Refused

    chance = random.Random(seed)
    buyer, counts = Buyer(email, chance), Counter[str]()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    print(READY, flush=True)
    acts = buyer.acts()
    while not ended.wait(PAUSE_S):
        [act] = chance.choices(list(acts), list(acts.values()))
        try:
            act()
            counts[act.__name__] += 1
        except Refused as refused:
            counts[f"{act.__name__} {refused.code}"] += 1
        except Exception as error:  # noqa: BLE001  counted, and reported at the end: the run goes on
            counts[f"{act.__name__} failed: {type(error).__name__}"] += 1
    buyer.end_all_jobs()
    print(json.dumps(counts), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

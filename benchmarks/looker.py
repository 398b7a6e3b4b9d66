"""`python -m benchmarks.looker NAME SEED [MUTANT]`: a worker that looks at customers, killed again and again.

The worker is a fork of this process, which has loaded the product and holds no connection: so it starts at once, and
can be killed every other second. On SIGTERM this process prints how many it has killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn

import django

READY = "Looker is on"
SHORTEST_S, LONGEST_S = 0.2, 3.0
"""How long a worker lives."""
LEASE_S, RENEW_EVERY_S = 1.5, 0.5
"""Otherwise each customer whom a killed worker looked at would wait for a minute."""
PAUSE_S = 0.1


def load_steps() -> list[Callable[[], int]]:
    from billing.ledger import bring_all_up_to_date
    from billing.payments.look import look_at_customers
    from billing.payments.reconcile import want_all

    return [want_all, look_at_customers, bring_all_up_to_date]


def work(steps: list[Callable[[], int]]) -> NoReturn:
    """Looks, until it is killed."""
    while True:
        for step in steps:
            step()
        time.sleep(PAUSE_S)


def main(name: str, seed: str, mutant: str = "") -> None:
    django.setup()
    from benchmarks.mutants import MUTANTS
    from creator.platform import lease

    vars(lease).update(LEASE_S=LEASE_S, RENEW_EVERY_S=RENEW_EVERY_S)
    if mutant:
        MUTANTS[mutant]()
    chance, ended, kills = random.Random(seed), threading.Event(), 0
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    steps = load_steps()
    print(READY, flush=True)
    while not ended.is_set():
        worker = os.fork()
        if not worker:
            work(steps)
        ended.wait(chance.uniform(SHORTEST_S, LONGEST_S))
        os.kill(worker, signal.SIGKILL)
        os.waitpid(worker, 0)
        kills += 1
    print(kills, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The processes of `benchmarks.buying`: PostgreSQL, a fake Stripe, the site, workers, and people who buy."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import buyer, looker
from benchmarks.flaky_stripe import FlakyStripe
from benchmarks.processes import ROOT, Process, manage, wait_until_healthy
from billing.stripe_fake import SECRET
from tests.services.postgres import Postgres

KEY = "sk_test_buying"
END_S = 120


class Stage:
    """Logs and data go to `folder`, which must not exist. `kills` counts the killed processes."""

    def __init__(self, folder: Path, options: argparse.Namespace, chance: random.Random) -> None:
        folder.mkdir(parents=True)
        self.folder, self._mutant, self._chance = folder, options.mutant, chance
        self.kills = 0
        self.postgres = Postgres(folder)
        self.stripe = FlakyStripe(folder / "stripe", chance, SECRET)
        self.environ = {
            "ENVIRONMENT": "local",
            "DATA_DIR": str(folder),
            "DATABASE_URL": self.postgres.url,
            "STRIPE_API_URL": self.stripe.url,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "DJANGO_SETTINGS_MODULE": "creator.settings",
            "EMAIL_URL": "dummymail://",
            "LOG_LEVEL": "WARNING",
        }
        self.site = self._process("site", ["manage.py", "web", "--port", "0"], "Web is on")
        self.workers: list[Process] = []
        self.people: list[Process] = []

    def start(self, workers: int, people: int) -> None:
        self.postgres.start()
        self.stripe.start()
        for command in (["migrate", "--verbosity", "0"], ["stripe_prices"]):
            manage(*command, data_dir=self.folder, environ=self.environ)
        self._serve()
        for number in range(workers):
            self.workers.append(self._program(looker, f"worker{number}", self._mutant or ""))
        for number in range(people):
            self.people.append(self._program(buyer, f"person{number}@example.org"))
        for process in (*self.workers, *self.people):
            process.spawn()
        for process in (*self.workers, *self.people):
            process.wait_until_ready()

    def kill_site(self) -> None:
        """Kills the site and starts it again."""
        self.kills += 1
        self.site.kill()
        self._serve()

    def end_people(self) -> Counter[str]:
        """What all of them did."""
        counts = Counter[str]()
        for each in self.people:
            each.terminate(END_S)
            counts.update(json.loads(_last_line(each)))
        return counts

    def finish(self) -> dict[str, Any]:
        """Ends the site and the workers, looks at each customer, and returns what `benchmarks.last_look` found."""
        self.site.kill()
        self.stripe.endpoints.clear()
        for worker in self.workers:
            worker.terminate()
            self.kills += int(_last_line(worker))
        command = [sys.executable, "-m", "benchmarks.last_look"]
        environ = {**os.environ, **self.environ}
        answer = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
        return found

    def close(self) -> None:
        for process in (self.site, *self.workers, *self.people):
            process.kill_all()
        self.stripe.close()
        self.postgres.kill()

    def _serve(self) -> None:
        self.stripe.endpoints[:] = [wait_until_healthy(self.site.start())]

    def _program(self, module: ModuleType, name: str, *arguments: str) -> Process:
        """A module of ours, which gets a seed of its own."""
        program = ["-m", module.__name__, name, str(self._chance.random()), *arguments]
        return self._process(name, program, module.READY)

    def _process(self, name: str, program: list[str], ready: str) -> Process:
        return Process(program, log=self.folder / f"{name}.log", ready=ready, environ=self.environ)


def _last_line(process: Process) -> str:
    return process.log.read_text().splitlines()[-1]

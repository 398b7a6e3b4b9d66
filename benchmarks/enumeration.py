"""Compares how long the doors of the site take for known and for unknown addresses.

    python -m benchmarks.enumeration [--count 100]

The production profile on its own servers. Known and unknown take turns, each from a browser and an address of its
own. Exits with 1 if a median of known addresses differs by more than a tenth from that of unknown ones.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from itertools import count as counting

import httpx2

from benchmarks.processes import ROOT
from benchmarks.product import end_on_signals
from benchmarks.production import PlainProduct, scratch_folder
from benchmarks.rows import Row, compare, percentile, show

PASSWORD = "correct horse battery"
TOLERANCE = 0.1
WARM_UP = 4
HOST = "creator.example"
"""A name of the site that visitors from other machines may use."""
FORMS: Mapping[str, tuple[str, Callable[[str], dict[str, str]]]] = {
    "sign_in": ("/accounts/login/", lambda email: {"login": email, "password": "wrong horse battery"}),
    "sign_up": (
        "/accounts/signup/",
        lambda email: {"email": email, "password1": PASSWORD, "password2": PASSWORD},
    ),
    "reset": ("/accounts/password/reset/", lambda email: {"email": email}),
}
AGAIN = "/accounts/confirm-email/"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_visitors = counting()


class WatchedProduct(PlainProduct):
    """Believes the address that a visitor claims, so that each has tries of its own."""

    @property
    def environ(self) -> dict[str, str]:
        return {**super().environ, "TRUSTED_PROXIES": "1", "ALLOWED_HOSTS": f"127.0.0.1,{HOST}"}

    def _furnish(self) -> None:
        super()._furnish()
        self._manage("collectstatic", "--noinput", "--verbosity", "0")

    def make_known_people(self, count: int) -> None:
        command = [sys.executable, "-m", "benchmarks.known_people", str(count)]
        subprocess.run(command, cwd=ROOT, env={**os.environ, **self.environ}, check=True)


def measure_enumeration(product: WatchedProduct, count: int) -> list[Row]:
    """A row for each door: median milliseconds for known and for unknown addresses."""
    product.make_known_people(count)
    took: dict[str, dict[str, list[float]]] = {}
    for door, (path, form) in FORMS.items():
        for number in range(count):
            for who in ("known", "unknown"):
                email = f"{who}-{number}@example.org"
                posts = [(door, path, form(email)), ("send_again", AGAIN, {"again": ""})]
                for name, milliseconds in _visit(product.url, posts[: 2 if door == "sign_up" else 1]):
                    took.setdefault(name, {}).setdefault(who, []).append(milliseconds)
    return [
        compare(
            f"{name}_p50_ms",
            [percentile(each["known"][WARM_UP:], 50)],
            "ms",
            "unknown addresses",
            [percentile(each["unknown"][WARM_UP:], 50)],
            f"{count} of each",
        )
        for name, each in took.items()
    ]


def _visit(url: str, posts: list[tuple[str, str, dict[str, str]]]) -> list[tuple[str, float]]:
    """Opens each page in one new browser, posts its form, and times the answer to that."""
    number = next(_visitors)
    address = f"198.18.{number // 250}.{number % 250}"
    took = []
    with httpx2.Client(
        base_url=url, timeout=60, trust_env=False, headers={"X-Forwarded-For": address, "Host": HOST}
    ) as browser:
        for name, path, form in posts:
            page = browser.get(path)
            token = _TOKEN.search(page.text)
            assert token, f"{path}: {page.status_code} {page.text[:300]}"
            began = time.perf_counter()
            answer = browser.post(path, data={"csrfmiddlewaretoken": token[1], **form})
            took.append((name, 1000 * (time.perf_counter() - began)))
            assert answer.status_code in (200, 302), f"{path}: {answer.status_code} {answer.text[:300]}"
    return took


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.enumeration", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--count", type=int, default=100, help="visits with known, and as many with unknown, addresses"
    )
    options = parser.parse_args()
    end_on_signals()
    with scratch_folder("enumeration") as folder:
        product = WatchedProduct(folder, lease_s=15, nodes=0, workers=0)
        try:
            product.start()
            rows = measure_enumeration(product, options.count)
        finally:
            product.close()
    show(rows)
    sys.exit(any(abs((row.ratio or 0) - 1) > TOLERANCE for row in rows))


if __name__ == "__main__":
    main()

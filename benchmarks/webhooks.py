"""Measures the receiver of Stripe's webhooks: how soon it refuses what is forged and takes what is signed.

    python -m benchmarks.webhooks [--count 50] [--events 500]

The production profile on its own servers. Each kind of forged webhook is sent `count` times. Exits with 1 if one is
not answered with 400 within 50 ms, if one changes a row, or if a signed event takes a second.
"""

from __future__ import annotations

import argparse
import socket
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
import psycopg

from benchmarks.product import end_on_signals
from benchmarks.production import PlainProduct, scratch_folder
from benchmarks.rows import Row, percentile, show
from tests.billing.payments.forged import FORGED, HUGE
from tests.billing.payments.signing import ADDRESS, SECRETS, event, signature, text_of

REFUSED_WITHIN_MS = 50
TAKEN_WITHIN_MS = 1000
AT_ONCE = 4
WARM_UP = 5
CUSTOMER = (
    "INSERT INTO billing_customer (id, account_id, customer_id, is_live, failures)"
    " SELECT gen_random_uuid(), id, 'cus_1', false, 0 FROM billing_creditaccount LIMIT 1"
)


class SellingProduct(PlainProduct):
    """Has a key of Stripe's test mode, and two webhook secrets as during a rotation."""

    @property
    def environ(self) -> dict[str, str]:
        selling = {"STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRETS": ",".join(SECRETS)}
        return {**super().environ, **selling}

    def sql(self, statement: str) -> int:
        with psycopg.connect(self.stack.postgres.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return int(cursor.fetchall()[0][0]) if cursor.description else 0

    def count_changes(self) -> int:
        """Stored events, and customers of whom a look is wanted."""
        wanted = self.sql("SELECT count(*) FROM billing_customer WHERE wanted_at IS NOT NULL")
        return wanted + self.sql("SELECT count(*) FROM billing_stripeevent")


def post(client: httpx2.Client, text: str | bytes, header: str | None) -> tuple[int, float]:
    """Status and milliseconds of the answer."""
    headers = {"Content-Type": "application/json"}
    if header is not None:
        headers["Stripe-Signature"] = header
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    began = time.perf_counter()
    answer = client.post(ADDRESS, content=text, headers=encoded)
    return answer.status_code, 1000 * (time.perf_counter() - began)


def measure_forged(client: httpx2.Client, count: int) -> list[Row]:
    """A row for each kind of forged webhook: the slowest answer. Raises RuntimeError for another status than 400."""
    rows = []
    asks = {kind: partial(_post_forged, client, make) for kind, make in FORGED.items()}
    for kind, ask in (
        asks | {"16 MiB, of which little is sent": partial(_declare, client, 16 * 2**20)}
    ).items():
        answers = [ask() for _ in range(count)]
        if wrong := {status for status, _ in answers} - {400}:
            raise RuntimeError(f"{kind}: answered with {wrong}")
        took = [milliseconds for _, milliseconds in answers]
        rows.append(
            Row(kind, round(max(took), 1), "ms", runs=count, note=f"median {percentile(took, 50):.1f}")
        )
    return rows


def _post_forged(
    client: httpx2.Client, make: Callable[[], tuple[str | bytes, str | None]]
) -> tuple[int, float]:
    return post(client, *make())


def _declare(client: httpx2.Client, size: int) -> tuple[int, float]:
    """Status and milliseconds of the answer to the head of a post and the first of its bytes."""
    address = (client.base_url.host, client.base_url.port or 80)
    head = f"POST {ADDRESS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n\r\n".encode()
    with socket.create_connection(address, timeout=60) as line:
        began = time.perf_counter()
        line.sendall(head + HUGE[:65536].encode())
        answer = line.recv(65536)
        return int(answer.split()[1]), 1000 * (time.perf_counter() - began)


def measure_flood(client: httpx2.Client, count: int) -> Row:
    """How many forged webhooks a second one web process answers, each as long as it reads at most."""
    text = HUGE[: 250 * 1024]
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _: post(client, text, signature(text, "whsec_forged")), range(count)))
    return Row("flood", round(count / (time.perf_counter() - began)), "a second", note="forged, 250 KiB each")


def measure_taken(client: httpx2.Client, count: int) -> Row:
    """The slowest answer to a signed event of a known customer, several at a time."""

    def deliver(number: int) -> float:
        text = text_of(event(number))
        status, milliseconds = post(client, text, signature(text))
        if status != 200:
            raise RuntimeError(f"a signed event was answered with {status}")
        return milliseconds

    with ThreadPoolExecutor(AT_ONCE) as pool:
        took = list(pool.map(deliver, range(count)))
    return Row("signed", round(max(took), 1), "ms", runs=count, note=f"median {percentile(took, 50):.1f}")


def measure(product: SellingProduct, count: int, events: int) -> tuple[list[Row], bool]:
    """The rows, and whether all is as it should be."""
    product.make_people(["payer@example.org"])
    product.sql(CUSTOMER)
    product.sql("UPDATE billing_customer SET wanted_at = NULL")
    with httpx2.Client(base_url=product.url, timeout=60, trust_env=False) as client:
        for _ in range(WARM_UP):
            post(client, "{}", None)
        forged = [*measure_forged(client, count)]
        flood = measure_flood(client, 10 * count)
        changed = product.count_changes()
        taken = measure_taken(client, events)
    stored = product.sql("SELECT count(*) FROM billing_stripeevent")
    is_good = max(row.value for row in forged) <= REFUSED_WITHIN_MS and taken.value < TAKEN_WITHIN_MS
    rows = [*forged, flood, Row("rows that forged ones changed", changed, "rows"), taken]
    return rows, is_good and (changed, stored) == (0, events)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.webhooks", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=50, help="how often each kind of forged webhook is sent")
    parser.add_argument("--events", type=int, default=500, help="signed events")
    options = parser.parse_args()
    end_on_signals()
    with scratch_folder("webhooks") as folder:
        product = SellingProduct(folder, lease_s=15, nodes=0, workers=0)
        try:
            product.start()
            rows, is_good = measure(product, options.count, options.events)
        finally:
            product.close()
    show(rows)
    sys.exit(not is_good)


if __name__ == "__main__":
    main()

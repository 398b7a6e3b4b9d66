"""The worker of `benchmarks.payment_crashes`: `python -m benchmarks.payment_worker furnish N | look | die POINT`.

`furnish` makes customers who have paid for a period, `look` looks at all of them, `die` kills itself at a point of
the first look that is due.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

import stripe

LEASE_S = 0.2


class PaidStripe(stripe.HTTPClient):
    """Says of each customer that one period is paid for."""

    name = "paid"

    def __init__(self, time_left: Callable[[], float]) -> None:
        super().__init__()

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        address = urlsplit(url)
        path = address.path.removeprefix("/v1/")
        customer = parse_qs(address.query).get("customer", [""])[0]
        return json.dumps(_answer(path, customer)), 200, {}


def _answer(path: str, customer: str) -> dict[str, Any]:
    from tests.billing.payments.sync import objects

    if path.startswith("customers/"):
        return {"id": path.removeprefix("customers/"), "object": "customer", "email": "payer@example.org"}
    subscription = f"sub_{customer}"
    paid = {"parent": {"subscription_details": {"subscription": subscription}}}
    rows = {
        "subscriptions": [objects.subscription(id=subscription)],
        "invoices": [objects.invoice(id=f"in_{customer}", **paid)],
    }.get(path, [])
    return {"object": "list", "url": f"/v1/{path}", "data": rows, "has_more": False}


def furnish(count: int) -> None:
    from accounts.models import User
    from billing.ledger import open_credit_account
    from billing.models import Customer, Plan

    Plan.objects.filter(slug="creator").update(price_id="price_creator")
    for number in range(count):
        account = open_credit_account(User.objects.create_user(f"payer-{number}@example.org"))
        Customer.objects.create(account=account, customer_id=f"cus_{number}", is_live=False)


def look() -> None:
    """As after a webhook for each customer."""
    from billing.models import Customer
    from billing.payments.bell import want_look
    from billing.payments.look import LOOKS

    want_look(Customer.objects.all())
    while Customer.objects.filter(wanted_at__isnull=False).exists():
        LOOKS.work_off()


def die(point: str) -> None:
    """Looks at customers until this process kills itself: in the first look that gets to that point."""
    from billing.models import Customer
    from billing.payments import look as looking
    from billing.payments.sync import applying

    module, name = {
        "granted": (applying, "enter_grants"),
        "marked": (applying, "_report"),
        "committed": (looking, "apply"),
    }[point]
    work = vars(module)[name]
    vars(module)[name] = lambda *arguments, **named: _kill(work(*arguments, **named))
    while Customer.objects.filter(wanted_at__isnull=False).exists():
        looking.LOOKS.work_off()


def _kill(result: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("SIGKILL did not end this process")


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.payment_worker")
    parser.add_argument("what", choices=["furnish", "look", "die"])
    parser.add_argument("argument", nargs="?", default="")
    parser.add_argument("--mutant", default="")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    from benchmarks.mutants import MUTANTS
    from billing.payments import client
    from creator.platform import lease

    if options.mutant:
        MUTANTS[options.mutant]()
    vars(lease)["LEASE_S"] = LEASE_S
    vars(client)["Transport"] = PaidStripe
    if options.what == "furnish":
        furnish(int(options.argument))
    elif options.what == "look":
        look()
    else:
        die(options.argument)


if __name__ == "__main__":
    main()

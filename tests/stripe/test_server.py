"""The fake Stripe as a process: the `stripe` library over HTTP, webhooks that arrive, pages, restarts."""

from __future__ import annotations

import queue
import re
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests
from stripe import APIConnectionError, APIError, StripeClient, Webhook

from billing.stripe_fake import API_VERSION, ASKS_ONCE, DECLINED, FAILS_LATER, GOOD, SECRET
from billing.stripe_fake.server.child import READY, child_command
from tests.stripe.shop import Shop

pytestmark = pytest.mark.services
PATIENCE_S = 30


class Receiver:
    """An endpoint for webhooks, which fails the first `refusals` times."""

    def __init__(self) -> None:
        self.refusals = 0
        self.events: queue.Queue[object] = queue.Queue()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                payload = self.rfile.read(int(self.headers["Content-Length"]))
                if receiver.refusals:
                    receiver.refusals -= 1
                    self.send_response(500)
                else:
                    receiver.events.put(
                        Webhook.construct_event(payload, self.headers["Stripe-Signature"], SECRET)
                    )
                    self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def wait_for(self, type: str) -> object:
        while (event := self.events.get(timeout=PATIENCE_S)).type != type:
            pass
        return event

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Fake:
    """A running fake Stripe."""

    def __init__(self, folder: Path, webhook_url: str) -> None:
        options = ("--port", "0", "--data-dir", str(folder), "--webhook-url", webhook_url)
        self.process = subprocess.Popen(
            child_command(*options), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().removeprefix(READY).strip()
        self.client = StripeClient("sk_test_a", stripe_version=API_VERSION, base_addresses={"api": self.url})

    def press(self, url: str, **form: str) -> requests.Response:
        """Presses a button on a page; does not follow to the shop."""
        shown = requests.get(url, timeout=PATIENCE_S)
        [(name, value)] = form.items()
        assert f'name="{name}" value="{value}"' in shown.text, shown.text
        return requests.post(url, form, timeout=PATIENCE_S, allow_redirects=False)

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def fake(tmp_path: Path, receiver: Receiver) -> Iterator[Fake]:
    fake = Fake(tmp_path, receiver.url)
    yield fake
    fake.end()


@pytest.fixture
def shop(fake: Fake) -> Shop:
    return Shop(None, fake.client)


def test_buying_on_the_pages_ends_with_a_signed_webhook(fake: Fake, shop: Shop, receiver: Receiver) -> None:
    session = shop.checkout()
    declined = fake.press(session.url, card=DECLINED.number)
    assert "The card was declined. Nothing was paid." in declined.text
    asked = fake.press(session.url, card=ASKS_ONCE.number)
    assert "Your bank asks" in asked.text
    assert "did not confirm" in fake.press(session.url, bank="refuse").text
    paid = fake.press(session.url, card=GOOD.number)
    assert paid.status_code == 303
    assert paid.headers["Location"] == f"http://shop.test/done?session_id={session.id}"
    assert receiver.wait_for("checkout.session.completed").data.object.id == session.id
    assert "You have paid" in requests.get(session.url or "", timeout=PATIENCE_S).text


def test_a_webhook_that_is_refused_comes_again(fake: Fake, shop: Shop, receiver: Receiver) -> None:
    receiver.refusals = 2
    shop.v1.customers.update(shop.customer, {"email": "new@shop.test"})
    assert receiver.wait_for("customer.updated").data.object.email == "new@shop.test"


def test_time_passes_on_the_page_of_the_play(fake: Fake, shop: Shop, receiver: Receiver) -> None:
    session = shop.checkout(trial_days=14)
    assert "19.00 EUR a month" in requests.get(session.url, timeout=PATIENCE_S).text
    fake.press(session.url, card=FAILS_LATER.number)
    subscription = shop.subscription()
    assert subscription.status == "trialing"
    reached = []
    for _ in range(6):
        page = fake.press(f"{fake.url}/", step=subscription.id)
        reached.append((re.search("<dt>Next</dt><dd>([^,]*)", page.text) or [0, ""])[1])
    assert reached == [
        "the period ends",
        "the invoice is paid by card",
        "the payment is tried again",
        "the payment is tried again",
        "the payment is tried again",
        "",
    ]
    assert shop.subscription().status == "canceled"


def test_payments_are_refunded_and_disputed_on_the_page_of_the_play(
    fake: Fake, shop: Shop, receiver: Receiver
) -> None:
    fake.press(shop.checkout().url, card=GOOD.number)
    [charge] = shop.v1.charges.list({"customer": shop.customer}).data
    fake.press(f"{fake.url}/", dispute=charge.id)
    [dispute] = shop.v1.disputes.list({"charge": charge.id}).data
    fake.press(f"{fake.url}/", won=dispute.id)
    assert receiver.wait_for("charge.dispute.closed").data.object.status == "won"


def test_webhooks_can_be_dropped_and_doubled_on_the_page_of_the_play(
    fake: Fake, shop: Shop, receiver: Receiver
) -> None:
    receiver.wait_for("customer.created")
    fake.press(f"{fake.url}/", way="dropped")
    shop.v1.customers.update(shop.customer, {"name": "lost"})
    fake.press(f"{fake.url}/", way="twice")
    shop.v1.customers.update(shop.customer, {"name": "doubled"})
    fake.press(f"{fake.url}/", flush="now")
    names = [receiver.wait_for("customer.updated").data.object.name for _ in range(2)]
    assert names == ["doubled", "doubled"]


def test_the_portal_cancels_and_keeps_a_subscription(fake: Fake, shop: Shop) -> None:
    fake.press(shop.checkout().url, card=GOOD.number)
    subscription = shop.subscription()
    portal = shop.v1.billing_portal.sessions.create(
        {"customer": shop.customer, "return_url": "http://shop.test/billing"}
    )
    fake.press(portal.url, cancel=subscription.id)
    assert shop.subscription().cancel_at_period_end
    fake.press(portal.url, keep=subscription.id)
    assert not shop.subscription().cancel_at_period_end
    assert "http://shop.test/billing" in requests.get(portal.url, timeout=PATIENCE_S).text


def test_every_page_says_that_no_money_moves_and_has_no_script(fake: Fake, shop: Shop) -> None:
    session = shop.checkout()
    fake.press(session.url, card=GOOD.number)
    portal = shop.v1.billing_portal.sessions.create({"customer": shop.customer})
    [invoice] = shop.invoices()
    for url in (session.url, shop.checkout().url, portal.url, invoice.hosted_invoice_url, f"{fake.url}/"):
        text = requests.get(url, timeout=PATIENCE_S).text
        assert "No money moves" in text
        assert "<script" not in text


def test_forms_of_other_sites_and_unknown_ids_do_nothing(fake: Fake, shop: Shop) -> None:
    session = shop.checkout()
    form = {"card": GOOD.number}
    foreign = requests.post(session.url, form, headers={"Origin": "http://evil.test"}, timeout=PATIENCE_S)
    assert foreign.status_code == 403
    assert shop.v1.checkout.sessions.retrieve(session.id).status == "open"
    assert requests.get(f"{fake.url}/checkout/cs_none", timeout=PATIENCE_S).status_code == 404


def test_what_was_bought_outlives_a_restart(
    fake: Fake, shop: Shop, tmp_path: Path, receiver: Receiver
) -> None:
    fake.press(shop.checkout().url, card=GOOD.number)
    fake.process.kill()
    fake.process.wait(PATIENCE_S)
    again = Fake(tmp_path, receiver.url)
    shop.v1 = again.client.v1
    assert shop.subscription().status == "active"
    assert shop.change(shop.studio).latest_invoice.status == "paid"
    again.end()


@pytest.mark.parametrize(("kind", "error"), [("500_after", APIError), ("lost_after", APIConnectionError)])
def test_faults_reach_the_library_over_http(fake: Fake, shop: Shop, kind: str, error: type) -> None:
    requests.post(f"{fake.url}/_fault", json={"kind": kind, "path": "/v1/customers"}, timeout=PATIENCE_S)
    with pytest.raises(error):
        shop.v1.customers.create({}, {"max_network_retries": 0})
    assert requests.get(f"{fake.url}/_world", timeout=PATIENCE_S).json()["customer"] == 2

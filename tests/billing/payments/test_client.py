"""Asking Stripe ends in time, whatever Stripe does, and a person is told so in words of theirs."""

import socket
import time
from dataclasses import replace

import pytest

from billing.payments.client import API_VERSION, asking, stripe_client
from creator.lib.errors import Refused
from tests.billing.payments.odd_stripe import odd_stripe

KEY = "sk_test_tests"
SECRET = "No such price: 'price_9'; key sk_test_tests of account acct_7"


@pytest.fixture
def at(settings, monkeypatch):
    """Points the product to a Stripe at an address, with shorter bounds."""
    for bound, seconds in {"STRIPE_REQUEST_S": 0.4, "STRIPE_REPLY_S": 20}.items():
        monkeypatch.setattr(f"billing.payments.client.{bound}", seconds)

    def point(address: str, **values) -> None:
        values = {"stripe_secret_key": KEY, "stripe_api_url": address} | values
        settings.CONFIG = replace(settings.CONFIG, **values)

    return point


@pytest.fixture
def stripe(at):
    with odd_stripe() as server:
        at(server.address)
        yield server


def ask(times: int = 1, **options) -> None:
    with asking(**options) as client:
        for _ in range(times):
            client.v1.customers.retrieve("cus_1")


def refusal(**options) -> Refused:
    with pytest.raises(Refused) as refused:
        ask(**options)
    return refused.value


def test_what_is_sent_names_the_version_and_tells_nothing_of_the_machine(stripe):
    with asking() as client:
        assert client.v1.customers.retrieve("cus_1").id == "cus_1"
    [(method, path, headers)] = stripe.asked
    assert (method, path) == ("GET", "/v1/customers/cus_1")
    assert (headers["Stripe-Version"], headers["Authorization"]) == (API_VERSION, f"Bearer {KEY}")
    assert not {"X-Stripe-Client-Telemetry"} & set(headers)
    assert socket.gethostname() not in headers["X-Stripe-Client-User-Agent"]


def test_a_silent_stripe_is_not_waited_for(stripe):
    stripe.wait_s = 10
    began = time.monotonic()
    refused = refusal()
    assert time.monotonic() - began < 2
    assert (refused.code, refused.status, refused.headers) == ("payments_away", 503, {"Retry-After": "60"})
    assert refused.message == (
        "Our payment provider does not answer at the moment. Nothing was charged. "
        "Try again in a minute: that is safe."
    )


def test_nor_is_one_whose_answer_comes_drop_by_drop(stripe):
    stripe.drop_s = 0.2
    began = time.monotonic()
    assert refusal().code == "payments_away"
    assert time.monotonic() - began < 2


def test_all_calls_of_a_request_share_the_time(stripe):
    stripe.wait_s = 0.25
    began = time.monotonic()
    refusal(times=8)
    assert time.monotonic() - began < 1.5
    assert len(stripe.asked) <= 2


def test_a_worker_waits_longer(stripe):
    stripe.wait_s = 0.8
    assert stripe_client().v1.customers.retrieve("cus_1").id == "cus_1"


def test_without_a_connection_the_refusal_is_the_same(at):
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    at(address)
    assert (refusal().code, refusal().status) == ("payments_away", 503)


@pytest.mark.parametrize(
    ("status", "error", "code", "words"),
    [
        (500, {"type": "api_error"}, "payments_away", "does not answer"),
        (503, {"type": "api_error"}, "payments_away", "does not answer"),
        (429, {"type": "invalid_request_error", "code": "rate_limit"}, "payments_away", "does not answer"),
        (
            409,
            {"type": "idempotency_error", "code": "idempotency_key_in_use"},
            "payments_away",
            "does not answer",
        ),
        (400, {"type": "invalid_request_error", "param": "price"}, "payments_away", "cannot do this"),
        (401, {"type": "invalid_request_error"}, "payments_away", "cannot do this"),
        (403, {"type": "invalid_request_error"}, "payments_away", "cannot do this"),
        (
            404,
            {"type": "invalid_request_error", "code": "resource_missing"},
            "payments_away",
            "cannot do this",
        ),
        (402, {"type": "card_error", "code": "card_declined"}, "invalid_parameters", "card was declined"),
    ],
)
def test_an_error_of_stripe_becomes_a_sentence_without_its_words(stripe, status, error, code, words):
    stripe.status, stripe.body = status, {"error": error | {"message": SECRET}}
    refused = refusal(cost="You will not be charged twice.")
    assert (refused.code, words in refused.message) == (code, True)
    assert "You will not be charged twice." in refused.message
    assert not [each for each in ("price_9", "sk_test", "acct_7") if each in str(vars(refused))]


@pytest.mark.parametrize("body", ["<html>gateway</html>", [], None, {"error": "odd"}, {}])
@pytest.mark.parametrize("status", [404, 502])
def test_an_answer_of_a_proxy_is_no_answer(stripe, status, body):
    stripe.status, stripe.body = status, body
    refused = refusal()
    assert (refused.code, "does not answer" in refused.message) == ("payments_away", True)


def test_nor_is_the_page_of_a_network_that_wants_a_sign_in(stripe):
    stripe.body = "<html>Welcome to our hotel</html>"
    assert "does not answer" in refusal().message


def test_nothing_is_repeated_within_a_request(stripe):
    stripe.status, stripe.body = 500, {"error": {"type": "api_error"}}
    refusal()
    assert len(stripe.asked) == 1


def test_without_a_key_nothing_is_sold(at):
    at("", stripe_secret_key="")
    assert stripe_client() is None
    refused = refusal()
    assert (refused.code, refused.message) == ("not_found", "This installation sells nothing.")


@pytest.mark.parametrize(
    ("key", "is_live"), [("sk_test_1", False), ("rk_test_1", False), ("sk_live_1", True), ("rk_live_1", True)]
)
def test_the_key_says_which_mode_it_is_of(at, settings, key, is_live):
    at("", stripe_secret_key=key)
    assert settings.CONFIG.stripe_is_live is is_live

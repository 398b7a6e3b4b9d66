"""Requests as Stripe judges them: parameters, keys of both kinds, versions, repeats, failures."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from stripe import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    IdempotencyError,
    InvalidRequestError,
    StripeClient,
)

from billing.stripe_fake import API_VERSION, Fault, World
from billing.stripe_fake.forms import read_form
from billing.stripe_fake.transport import FakeTransport
from tests.stripe.shop import Shop


def customers(world: World) -> int:
    return len(world.all("customer"))


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"mail": "a@b.test"}, "mail"),
        ({"metadata": {"a": {"b": "c"}}}, "metadata[a]"),
        ({"name": {"first": "Ann"}}, "name"),
    ],
)
def test_parameters_that_stripe_does_not_know_are_refused(world: World, params: dict, param: str) -> None:
    status, body = world.handle("POST", "/v1/customers", params)
    assert (status, body["error"]["type"], body["error"]["param"]) == (400, "invalid_request_error", param)
    assert customers(world) == 0


def test_an_unknown_parameter_inside_of_another_is_named(shop: Shop) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.checkout(line_items=[{"price": shop.creator, "amount": 5}])
    assert (refused.value.code, refused.value.param) == ("parameter_unknown", "line_items[0][amount]")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mode": "payment"}, "cannot be sold in `payment` mode"),
        ({"line_items": [{"price": "price_none"}]}, "No such price: 'price_none'"),
        ({"customer": "cus_none"}, "No such customer: 'cus_none'"),
        ({"expires_at": 5}, "30 minutes to 24 hours"),
        ({"success_url": ""}, "Missing required param: success_url"),
        ({"invoice_creation": {"enabled": True}}, "`invoice_creation` in `subscription` mode"),
    ],
)
def test_a_checkout_that_stripe_refuses_is_refused(shop: Shop, change: dict, words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        shop.checkout(**change)
    assert shop.v1.checkout.sessions.list({"customer": shop.customer}).data == []


def test_an_object_that_is_not_there_is_404(world: World) -> None:
    status, body = world.handle("GET", "/v1/invoices/in_none")
    assert (status, body["error"]["code"]) == (404, "resource_missing")
    assert world.handle("GET", "/v1/quotes")[0] == 404


@pytest.mark.parametrize("key", ["sk_live_a", "pk_test_a", "sk_test", ""])
def test_a_key_of_another_kind_opens_nothing(world: World, key: str) -> None:
    client = StripeClient(key or "none", stripe_version=API_VERSION, http_client=FakeTransport(world))
    with pytest.raises(AuthenticationError):
        client.v1.customers.create({})
    assert customers(world) == 0


def test_objects_of_live_mode_say_so() -> None:
    world = World(is_live=True)
    client = StripeClient("rk_live_a", stripe_version=API_VERSION, http_client=FakeTransport(world))
    assert client.v1.customers.create({}).livemode
    assert world.events[0]["livemode"]


def test_another_version_of_the_api_is_refused(world: World) -> None:
    client = StripeClient("sk_test_a", stripe_version="2024-06-20", http_client=FakeTransport(world))
    with pytest.raises(InvalidRequestError, match=API_VERSION):
        client.v1.customers.create({})


def test_a_repeat_under_one_key_makes_one_object(world: World, client: StripeClient) -> None:
    made = {client.v1.customers.create({"name": "Ann"}, {"idempotency_key": "k1"}).id for _ in range(3)}
    assert (len(made), customers(world)) == (1, 1)
    with pytest.raises(IdempotencyError):
        client.v1.customers.create({"name": "Eve"}, {"idempotency_key": "k1"})


def test_refused_parameters_leave_the_key_unused(world: World, client: StripeClient) -> None:
    with pytest.raises(InvalidRequestError):
        client.v1.customers.create({"mail": "a"}, {"idempotency_key": "k1"})
    assert client.v1.customers.create({"name": "Ann"}, {"idempotency_key": "k1"}).name == "Ann"


def test_sixteen_at_once_under_one_key_make_one_object(world: World) -> None:
    world.faults.add(Fault("slow", times=16, seconds=0.05))
    start = threading.Barrier(16)

    def post(_: int) -> int:
        start.wait()
        return world.handle("POST", "/v1/customers", {"name": "Ann"}, idempotency_key="k1")[0]

    with ThreadPoolExecutor(16) as pool:
        statuses = set(pool.map(post, range(16)))
    assert statuses <= {200, 409}
    assert customers(world) == 1


@pytest.mark.parametrize(
    ("kind", "error", "made", "again"),
    [
        ("500_before", APIError, 0, None),
        ("500_after", APIError, 1, APIError),
        ("lost_after", APIConnectionError, 1, None),
        ("refused", APIConnectionError, 0, None),
    ],
)
def test_a_failure_leaves_what_stripe_leaves(
    world: World, client: StripeClient, kind: str, error: type, made: int, again: type | None
) -> None:
    world.faults.add(Fault(kind, path="/v1/customers"))
    with pytest.raises(error):
        client.v1.customers.create({"name": "Ann"}, {"idempotency_key": "k1"})
    assert customers(world) == made
    if again:  # Stripe keeps a 500 for the key, too
        with pytest.raises(again):
            client.v1.customers.create({"name": "Ann"}, {"idempotency_key": "k1"})
    else:
        client.v1.customers.create({"name": "Ann"}, {"idempotency_key": "k1"})
    assert customers(world) == 1


def test_a_fault_meets_only_its_path_and_its_number_of_calls(world: World) -> None:
    world.faults.add(Fault("500_before", path="/v1/customers", method="POST", times=2))
    assert world.handle("GET", "/v1/customers")[0] == 200
    assert [world.handle("POST", "/v1/customers")[0] for _ in range(3)] == [500, 500, 200]
    with pytest.raises(ValueError, match="no such fault"):
        Fault("sleepy")


@pytest.mark.parametrize(
    ("encoded", "tree"),
    [
        ("a=1&b[c]=2&b[d][e]=3", {"a": "1", "b": {"c": "2", "d": {"e": "3"}}}),
        ("x[0][id]=a&x[1][id]=b", {"x": [{"id": "a"}, {"id": "b"}]}),
        ("expand[]=a&expand[]=b", {"expand": ["a", "b"]}),
        ("name=&m[k]=", {"name": "", "m": {"k": ""}}),
        ("", {}),
    ],
)
def test_forms_are_read_as_trees(encoded: str, tree: dict) -> None:
    assert read_form(encoded) == tree


def test_only_what_can_be_expanded_is(shop: Shop) -> None:
    shop.subscribe()
    subscription = shop.subscription("customer", "latest_invoice.payments")
    assert subscription.customer.email == "ann@shop.test"
    assert subscription.latest_invoice.payments.data[0].status == "paid"
    with pytest.raises(InvalidRequestError, match="cannot be expanded"):
        shop.subscription("status")


def test_a_lookup_key_belongs_to_one_price(shop: Shop) -> None:
    price = {"product": "prod_plan", "currency": "eur", "unit_amount": 5, "lookup_key": "creator"}
    shop.v1.products.create({"id": "prod_plan", "name": "Plan"})
    with pytest.raises(InvalidRequestError, match="already uses that lookup key"):
        shop.v1.prices.create(price)
    made = shop.v1.prices.create({**price, "transfer_lookup_key": True})
    assert [each.id for each in shop.v1.prices.list({"lookup_keys": ["creator"]}).data] == [made.id]
    with pytest.raises(InvalidRequestError, match="already exists"):
        shop.v1.products.create({"id": "prod_plan", "name": "Plan"})

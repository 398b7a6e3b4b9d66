"""Every POST of the API can be repeated: it takes an `Idempotency-Key`, or a repeat does no harm by itself."""

import pytest

from tests.creator.test_scopes import methods_of, routes_of_the_api

HARMLESS = {
    "api_register": "A second registration of an address makes no account; both get a mail that says how things are.",
    "api_verify": "The address is confirmed already: the second answer says that the link was used.",
    "api_login": "It makes tokens and nothing else. An Idempotency-Key would have to store them.",
    "api_second_factor": "As a sign-in; besides, a code works once.",
    "api_google": "It makes an address and stores nothing.",
    "api_google_tokens": "Google accepts a code once.",
    "api_logout": "What is signed out stays signed out.",
    "api_forgot_password": "A second mail within a few minutes is not sent.",
    "api_reset_password": "The key of the mail works once.",
    "api_job_cancel": "A repeat gets the same answer.",
    "api_batch_cancel": "A repeat cancels what is left, which is nothing.",
}
"""Route → why a repeat makes nothing twice."""
POSTS = [name for name, route in routes_of_the_api().items() if "POST" in methods_of(route)]


@pytest.mark.parametrize("name", POSTS)
def test_a_post_takes_a_key_or_needs_none(name):
    view = routes_of_the_api()[name].callback.view_class
    assert ("POST" in view.repeatable) != (name in HARMLESS)


def test_the_table_names_routes_that_exist():
    assert HARMLESS.keys() <= set(POSTS)

"""Every method of the API says what it answers: the OpenAPI document is made from it."""

import pytest

from creator.lib.errors import STATUS
from tests.creator.test_scopes import methods_of, routes_of_the_api

PAGES = {"api_google_callback"}
"""Opened by the browser of a person, not called by a program."""
DESCRIBED = {
    name: getattr(route.callback, "view_class", None) or route.callback.description
    for name, route in routes_of_the_api().items()
    if name not in PAGES
}


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_method_declares_its_answers(name):
    assert set(DESCRIBED[name].answers) == methods_of(routes_of_the_api()[name])
    assert all(200 <= status < 400 for statuses in DESCRIBED[name].answers.values() for status in statuses)


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_refusal_declared_has_a_known_code(name):
    assert {code for codes in DESCRIBED[name].refusals.values() for code in codes} <= STATUS.keys()

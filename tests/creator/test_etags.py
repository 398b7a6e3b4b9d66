"""Answers that are polled: 304 as long as nothing in them has changed, by a tag that changes with all they show."""

import pytest
from django.test import RequestFactory
from rest_framework.request import Request
from rest_framework.response import Response

from creator.api.etags import unless_known


def ask(known: str = "", state=("a",), method: str = "GET"):
    made = []

    def build() -> Response:
        made.append(1)
        return Response({})

    headers = {"If-None-Match": known} if known else {}
    request = Request(RequestFactory().generic(method, "/", headers=headers))
    return unless_known(request, state, build), len(made)


def test_the_first_answer_has_a_weak_tag_and_may_be_kept_by_its_client():
    answer, made = ask()
    assert (answer.status_code, made, answer["Cache-Control"]) == (200, 1, "private, no-cache")
    assert (answer["ETag"].startswith('W/"'), answer["Vary"]) == (True, "Authorization, X-API-Key, Cookie")


@pytest.mark.parametrize("form", ["{}", '"old", {}', "*", '{}, W/"x"'])
@pytest.mark.parametrize("weak", [True, False])
def test_what_is_known_is_not_made_again(form, weak):
    tag = ask()[0]["ETag"]
    answer, made = ask(form.format(tag if weak else tag.removeprefix("W/")))
    assert (answer.status_code, made, answer.content, answer["ETag"]) == (304, 0, b"", tag)
    assert (answer["Cache-Control"], "Content-Type" in answer) == ("private, no-cache", False)


@pytest.mark.parametrize("known", ['"old"', "W/", "nonsense", '"', "W/*"])
def test_another_tag_gets_the_answer(known):
    assert (ask(known)[0].status_code, ask(known)[1]) == (200, 1)


@pytest.mark.parametrize("state", [("b",), ("a", None), (["a"],), ("a", 1)])
def test_each_change_of_the_state_changes_the_tag(state):
    assert ask(ask()[0]["ETag"], state)[0].status_code == 200


def test_the_tag_belongs_to_the_host_that_the_links_name():
    request = Request(RequestFactory().get("/", headers={"Host": "localhost"}))
    assert unless_known(request, ("a",), lambda: Response({}))["ETag"] != ask()[0]["ETag"]

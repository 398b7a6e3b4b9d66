"""A deprecated view says in its answers and in the document when it ends."""

from datetime import date

from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from creator.api.description import Retirement
from creator.api.views import ApiView

ENDS = Retirement(since=date(2026, 12, 1), until=date(2027, 6, 1))


class Old(ApiView):
    """`GET /old`: what nobody should begin to use."""

    authentication_classes = permission_classes = ()
    answers = {"GET": {204: None}}
    retirement = ENDS

    def get(self, request):
        return Response(status=204)


def test_its_answers_say_when_it_ends():
    answer = Old.as_view()(APIRequestFactory().get("/"))
    said = {name: answer[name] for name in ("Deprecation", "Sunset", "Link")}
    assert said == {
        "Deprecation": "@1796083200",
        "Sunset": "Tue, 01 Jun 2027 00:00:00 GMT",
        "Link": '</api/docs/#changes-title>; rel="deprecation"',
    }


def test_so_do_its_refusals():
    assert Old.as_view()(APIRequestFactory().post("/"))["Sunset"] == ENDS.headers["Sunset"]


def test_the_document_marks_it(settings, monkeypatch):
    from django.urls import path

    from creator.api.document import generator

    class Routes:
        pattern = "api/v1/"
        url_patterns = (path("old", Old.as_view()),)

    monkeypatch.setattr(generator, "get_resolver", lambda: type("", (), {"url_patterns": [Routes]}))
    (operation,) = generator.build_document()["paths"]["/api/v1/old"].values()
    assert (operation["deprecated"], operation["x-sunset"]) == (True, "2027-06-01")
    assert {"Deprecation", "Sunset", "Link"} <= operation["responses"]["204"]["headers"].keys()

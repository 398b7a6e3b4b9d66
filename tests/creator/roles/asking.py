"""Asks for an address as one role, without a lasting effect, and names the outcome."""

from __future__ import annotations

from urllib.parse import urlsplit

from asgiref.sync import iscoroutinefunction
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import resolve

from tests.creator.roles.askers import twin_of

FORM = "application/x-www-form-urlencoded"
PLACES = {"/accounts/login/": "sign-in", "/home/": "home", "/accounts/reauthenticate/": "again"}


def outcome_of(asker: Client, method: str, address: str) -> str:
    """The page that the answer leads to, if `PLACES` has it, or the status. What it changed in rows is undone."""
    client = twin_of(asker)
    kind, body = ("application/json", "{}") if address.startswith("/api/") else (FORM, "")
    if iscoroutinefunction(
        resolve(address).func
    ):  # it reads by connections that see nothing of our transaction
        return _name_of(client.generic(method, address, body, kind))
    undone = transaction.atomic()
    undone._from_testcase = True  # so that views may open transactions that must be the outermost
    with undone:
        answer = client.generic(method, address, body, kind)
        transaction.set_rollback(True)
    return _name_of(answer)


def _name_of(answer: HttpResponseBase) -> str:
    place = urlsplit(answer.get("Location", "")).path if answer.status_code in (302, 303) else ""
    answer.close()
    return PLACES.get(place, str(answer.status_code))

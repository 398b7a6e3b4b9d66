"""Answers that wait before they are sent: without the request's database connection, and sent whatever happens."""

import pytest
from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponse

from creator.http.later import finish_waiting, send_after

pytestmark = pytest.mark.django_db(transaction=True)


async def test_an_answer_may_change_until_it_is_sent():
    answer = HttpResponse(status=202)

    async def wait() -> None:
        answer.status_code = 200

    await finish_waiting(send_after(answer, wait))
    assert answer.status_code == 200


async def test_an_answer_that_waits_for_nothing():
    await finish_waiting(HttpResponse())


async def test_what_waits_has_given_its_connection_back():
    def is_open() -> bool:
        return connection.connection is not None

    during = []

    async def wait() -> None:
        during.append(await sync_to_async(is_open)())

    await sync_to_async(lambda: connection.ensure_connection())()
    before = await sync_to_async(is_open)()
    await finish_waiting(send_after(HttpResponse(), wait))
    assert (before, during) == (True, [False])


async def test_a_fault_while_it_waits_changes_no_answer(caplog):
    async def wait() -> None:
        raise RuntimeError("broken")

    await finish_waiting(send_after(HttpResponse(status=202), wait))
    assert "answer_not_awaited" in caplog.text

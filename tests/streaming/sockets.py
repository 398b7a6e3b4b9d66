"""A browser's end of a socket, driven through the whole ASGI application."""

import json
from contextlib import suppress
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

PATIENCE = 15  # seconds; only a failing test waits this long
HOST = "testserver"


class Watcher:
    """One handshake, and what comes after it. `status` is 101 when it was accepted."""

    def __init__(
        self,
        path: str,
        cookie: str = "",
        *,
        origin: str | None = f"http://{HOST}",
        host: str = HOST,
        key: str = "",
    ) -> None:
        settings.STATIC_ROOT.mkdir(exist_ok=True)  # the pages' middleware asks for it when it is loaded
        from creator.asgi import application

        given = {"host": host, "cookie": cookie, "origin": origin, "authorization": key and f"Bearer {key}"}
        address, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "path": address,
            "query_string": query.encode("latin-1"),
            "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
            "subprotocols": [],
        }
        self.end = ApplicationCommunicator(application, scope)
        self.status = 0

    async def shake_hands(self) -> None:
        await self.end.send_input({"type": "websocket.connect"})
        answer = await self.end.receive_output(PATIENCE)
        self.status = answer.get("status", 101)
        assert answer["type"] == (
            "websocket.accept" if self.status == 101 else "websocket.http.response.start"
        )

    async def receive(self) -> dict[str, Any]:
        """The next ASGI message: text, or the close with its code."""
        return await self.end.receive_output(PATIENCE)

    async def text(self) -> str:
        return (await self.receive())["text"]

    async def message(self) -> dict[str, Any]:
        return json.loads(await self.text())

    async def messages_until_close(self) -> tuple[list[dict[str, Any]], int]:
        """Everything up to the close, and its code."""
        found = []
        while (sent := await self.receive())["type"] == "websocket.send":
            found.append(json.loads(sent["text"]))
        return found, sent["code"]

    async def until(self, status: str) -> list[dict[str, Any]]:
        """Messages up to the first of that status."""
        found = [await self.message()]
        while found[-1].get("status") != status:
            found.append(await self.message())
        return found

    async def leave(self) -> None:
        if not self.end.future.done():
            with suppress(
                Exception
            ):  # what the application raises belongs to the test that asks for messages
                await self.end.send_input({"type": "websocket.disconnect", "code": 1000})
                await self.end.wait(PATIENCE)

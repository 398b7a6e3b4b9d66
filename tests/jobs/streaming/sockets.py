"""The browser's end of a socket, driven through the whole ASGI application."""

import json
from contextlib import suppress
from typing import Any

from asgiref.testing import ApplicationCommunicator
from django.conf import settings

PATIENCE = 60  # seconds; only a failing test waits this long
HOST = "testserver"


class Watcher:
    """One handshake and the messages after it. `status` is 101 if the server accepted the handshake."""

    def __init__(
        self,
        path: str,
        cookie: str = "",
        *,
        origin: str | None = f"http://{HOST}",
        host: str = HOST,
        key: str = "",
        scheme: str = "ws",
        client: tuple[str, int] | None = None,
    ) -> None:
        # The pages' middleware expects the folder when it is loaded.
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        from creator.asgi import application

        given = {"host": host, "cookie": cookie, "origin": origin, "authorization": key and f"Bearer {key}"}
        address, _, query = path.partition("?")
        scope = {
            "type": "websocket",
            "scheme": scheme,
            "client": client,
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
        """Return the next ASGI message: a text, or the close with its code."""
        return await self.end.receive_output(PATIENCE)

    async def text(self) -> str:
        return (await self.receive())["text"]

    async def message(self) -> dict[str, Any]:
        return json.loads(await self.text())

    async def messages_until_close(self) -> tuple[list[dict[str, Any]], int]:
        """Return all messages up to the close, and the close code."""
        found = []
        while (sent := await self.receive())["type"] == "websocket.send":
            found.append(json.loads(sent["text"]))
        return found, sent["code"]

    async def until(self, status: str) -> list[dict[str, Any]]:
        """Return the messages up to the first one with `status`."""
        found = [await self.message()]
        while found[-1].get("status") != status:
            found.append(await self.message())
        return found

    async def leave(self) -> None:
        if not self.end.future.done():
            # An exception of the application is raised in the test that reads messages.
            with suppress(Exception):
                await self.end.send_input({"type": "websocket.disconnect", "code": 1000})
                await self.end.wait(PATIENCE)

"""A way to a server that can fall silent: it takes everything and passes nothing on."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

CHUNK = 65536


class SilentProxy:
    """Passes bytes on to a server of this machine until `fall_silent`.

    Then it still accepts connections and acknowledges what is sent, and no byte comes back. After `speak`, new
    connections work. Those that have met the silence stay open and dead, as if a firewall had forgotten them.
    """

    def __init__(self, port: int) -> None:
        """`port`: the server's; `self.port` is the proxy's."""
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self.taken = 0
        """How many connections were made through it."""
        self._silent = False
        self._ways: set[_Way] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def through(self, url: str) -> str:
        """The server's address with the proxy's port in it."""
        return url.replace(f":{self._target[1]}", f":{self.port}")

    def fall_silent(self) -> None:
        self._silent = True
        for way in list(self._ways):
            way.is_dead = True

    def speak(self) -> None:
        self._silent = False

    def close(self) -> None:
        self._listener.close()
        for way in list(self._ways):
            way.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self.taken += 1
                self._ways = {way for way in self._ways if way.is_open} | {
                    _Way(near, self._target, is_dead=self._silent)
                }


class _Way:
    """One connection and its other half."""

    def __init__(self, near: socket.socket, target: tuple[str, int], *, is_dead: bool) -> None:
        self.is_dead, self.is_open = is_dead, True
        self._ends = [near]
        if not is_dead:
            try:
                self._ends.append(socket.create_connection(target))
            except OSError:
                self.close()
                return
        for source, sink in ((near, self._ends[-1]), (self._ends[-1], near)):
            threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def close(self) -> None:
        self.is_open = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(CHUNK):
                if not self.is_dead:
                    sink.sendall(data)
        if not self.is_dead:
            self.close()

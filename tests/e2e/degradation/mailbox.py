"""A mail server that stores every mail it receives. After `kill`, its port refuses connections."""

from __future__ import annotations

import threading
from email import message_from_bytes
from email.message import Message
from socketserver import StreamRequestHandler, ThreadingTCPServer

from tests.services.process import free_port


class Conversation(StreamRequestHandler):
    """The part of SMTP (RFC 5321) that a client needs to deliver a mail."""

    server: Listener

    def handle(self) -> None:
        self._say("220 mailbox")
        for line in self.rfile:
            command = line[:4].upper()
            if command == b"DATA":
                self._say("354 end with a dot")
                self.server.mails.append(message_from_bytes(b"".join(iter(self.rfile.readline, b".\r\n"))))
            self._say("221 bye" if command == b"QUIT" else "250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Listener(ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, port: int, mails: list[Message]) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.mails = mails


class Mailbox:
    """`mails` holds every mail received, oldest first."""

    def __init__(self) -> None:
        self.mails: list[Message] = []
        self.port = free_port()
        self.url = f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self._listener = Listener(self.port, self.mails)
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()

    def got(self, subject: str) -> list[str]:
        """To whom mails with this subject went."""
        return [mail["To"] for mail in self.mails if mail["Subject"] == subject]

    def kill(self) -> None:
        self._listener.shutdown()
        self._listener.server_close()

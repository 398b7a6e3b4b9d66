from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.services.process import Missing, Server, free_port

PROGRAMS = ("/usr/lib/rabbitmq/bin/rabbitmq-server", "rabbitmq-server")
CONTROLS = ("/usr/lib/rabbitmq/bin/rabbitmqctl", "rabbitmqctl")
ALARMING, USUAL = "0.0001", "0.4"
"""Memory watermarks as shares of the machine's memory: above them, the broker accepts no messages."""


class RabbitMQ(Server):
    """A broker with its own Erlang name server; `guest` may log in from this machine only."""

    name = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.url = f"amqp://guest:guest@127.0.0.1:{self.port}//"
        self._ports = {"dist": free_port(), "epmd": free_port()}
        (self.folder / "rabbitmq.conf").write_text(
            "loopback_users.guest = true\nlog.file = false\nlog.console = true\n"
        )
        (self.folder / "plugins").write_text("[].\n")
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.write_text(os.urandom(12).hex())
            cookie.chmod(0o400)

    def start(self) -> None:
        self.spawn([_find(PROGRAMS)], self._environ())

    def is_ready(self) -> bool:
        """Whether it answers an AMQP handshake; the client has to send the protocol header first."""
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 1) as connection,
        ):
            connection.settimeout(1)
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
        return False

    def kill(self) -> None:
        super().kill()
        self._end_name_server()

    def stop(self) -> None:
        super().stop()
        self._end_name_server()

    def wipe(self) -> None:
        """Deletes every queue and message. Call it only while the broker is stopped."""
        shutil.rmtree(self.folder / "mnesia", ignore_errors=True)

    def raise_alarm(self) -> None:
        """Triggers the memory alarm, which blocks publishers but not consumers."""
        self._control("set_vm_memory_high_watermark", ALARMING)

    def end_alarm(self) -> None:
        self._control("set_vm_memory_high_watermark", USUAL)

    def _control(self, *words: str) -> None:
        environ = {**os.environ, **self._environ()}
        subprocess.run([_find(CONTROLS), "--quiet", *words], env=environ, check=True, capture_output=True)

    def _end_name_server(self) -> None:
        """Kills `epmd`, which daemonizes into its own process group and so survives the broker."""
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                words = (process / "cmdline").read_bytes().split(b"\0")
                if words[0].endswith(b"epmd") and b"ERL_EPMD_PORT=" + str(self._ports["epmd"]).encode() in (
                    process / "environ"
                ).read_bytes().split(b"\0"):
                    os.kill(int(process.name), signal.SIGKILL)

    def _environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"creator{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._ports["dist"]),
            "ERL_EPMD_PORT": str(self._ports["epmd"]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "logs"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none",
        }


def _find(programs: Sequence[str]) -> str:
    """Returns the first program that is installed; raises Missing if none is."""
    found = next((path for each in programs if (path := shutil.which(each))), None)
    if found is None:
        raise Missing("RabbitMQ is not installed. On Debian: apt-get install rabbitmq-server")
    return found

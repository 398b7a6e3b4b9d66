"""Message delivery inside the node, without a network: slow readers and client ids."""

import asyncio

from jobs.cpu_node.faults import Faults
from jobs.cpu_node.sockets import OUTBOX_BYTES, Socket, Sockets


class Reader:
    """Takes messages only while `reading` is set."""

    def __init__(self) -> None:
        self.got: list[str | bytes] = []
        self.reading = asyncio.Event()
        self.reading.set()

    async def send(self, message: str | bytes) -> None:
        await self.reading.wait()
        self.got.append(message)


def open_socket(sockets: Sockets, client_id: str) -> tuple[Reader, Socket, "asyncio.Task[None]"]:
    reader = Reader()
    socket = Socket(reader.send)
    sockets.register(client_id, socket)
    return reader, socket, asyncio.ensure_future(socket.deliver())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def make_sockets(faults: Faults | None = None) -> Sockets:
    sockets = Sockets(faults or Faults(), lambda: 0)
    sockets.start(asyncio.get_running_loop())
    return sockets


async def test_a_reader_that_does_not_read_holds_up_nobody() -> None:
    sockets = make_sockets()
    stuck, _, _ = open_socket(sockets, "stuck")
    healthy, _, _ = open_socket(sockets, "healthy")
    stuck.reading.clear()
    for number in range(5):
        sockets.send(f"message {number}", None)
    await settle()
    assert (len(healthy.got), len(stuck.got)) == (5, 0)


async def test_with_the_fault_it_holds_up_everybody_as_on_the_real_server() -> None:
    faults = Faults()
    faults.change({"stuck_reader": True})
    sockets = make_sockets(faults)
    stuck, _, _ = open_socket(sockets, "stuck")
    healthy, _, _ = open_socket(sockets, "healthy")
    stuck.reading.clear()
    sockets.send("for all", None)
    sockets.send("for the healthy", "healthy")
    await settle()
    assert healthy.got == []
    stuck.reading.set()
    await settle()
    assert healthy.got == ["for all", "for the healthy"]


async def test_an_overflowing_outbox_ends_the_delivery() -> None:
    sockets = make_sockets()
    stuck, socket, delivery = open_socket(sockets, "stuck")
    stuck.reading.clear()
    part = b"." * (OUTBOX_BYTES // 4)
    for _ in range(6):
        sockets.send(part, "stuck")
    await settle()
    assert socket.deaf
    stuck.reading.set()
    await asyncio.wait_for(delivery, 1)
    assert len(stuck.got) == 4


async def test_the_newer_socket_of_an_id_gets_everything_and_goes_deaf_with_the_older() -> None:
    sockets = make_sockets()
    older, _, _ = open_socket(sockets, "same")
    newer, _, _ = open_socket(sockets, "same")
    sockets.send("one", "same")
    sockets.send("two", None)
    await settle()
    sockets.unregister("same")
    sockets.send("three", "same")
    sockets.send("four", None)
    await settle()
    assert (older.got, newer.got) == ([], ["one", "two"])

"""The stream against a small real WebSocket server."""

import json
import threading
from contextlib import contextmanager, suppress
from queue import Queue
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from jobs.comfy import (
    ConnectionLost,
    Executing,
    Finished,
    NodeProgress,
    NodeStream,
    NodeUnreachable,
    Preview,
    events,
    read_preview,
)
from jobs.comfy.stream import MAX_MESSAGE
from jobs.comfy.subscription import MOST_STORED

PATIENCE = 60  # seconds; only a failing test waits this long


def message(kind, **data):
    return json.dumps({"type": kind, "data": data})


def picture(step):
    """The header of a PNG of this width; nothing decodes it."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + step.to_bytes(4) + (8).to_bytes(4) + bytes(2000)


GREETING = message("status", status={"exec_info": {"queue_remaining": 0}})


class Server:
    """Greets as ComfyUI does, records the first message, then hands the socket to the test."""

    def __init__(self):
        self.sockets = Queue()

    def handle(self, socket):
        client_id = parse_qs(urlsplit(socket.request.path).query)["clientId"][0]
        socket.send(GREETING)
        try:
            self.sockets.put((client_id, socket.recv(PATIENCE), socket))
            socket.recv(PATIENCE)
        except ConnectionClosed:
            pass

    def next(self):
        return self.sockets.get(timeout=PATIENCE)


@contextmanager
def serving(server, port=0):
    with serve(server.handle, "127.0.0.1", port, max_size=None) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running.socket.getsockname()[1]
        finally:
            running.shutdown()
            thread.join()


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def port(server):
    with serving(server) as port:
        yield port


@pytest.fixture
def stream(port):
    stream = NodeStream(f"http://127.0.0.1:{port}")
    yield stream
    stream.close()


def test_flags_are_the_first_message_and_the_id_is_fresh(server, stream):
    client_id = stream.ensure_connected(PATIENCE)
    asked, first, _ = server.next()
    assert (client_id, stream.client_id) == (asked, asked)
    assert json.loads(first) == {"type": "feature_flags", "data": {"supports_preview_metadata": True}}


def test_events_go_to_their_prompt_only(server, stream):
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("a") as a, stream.subscribe("b") as b:
        for prompt_id in ("nobody", "a", "b"):
            socket.send(message("executing", node=prompt_id, prompt_id=prompt_id))
        assert (a.get(PATIENCE), b.get(PATIENCE)) == (Executing("a", "a"), Executing("b", "b"))
        assert (a.get(0), b.get(0)) == (None, None)


def test_a_slow_watcher_holds_nobody_up_and_misses_no_state(server, stream):
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    frame = json.dumps({"prompt_id": "slow", "image_type": "image/jpeg"}).encode()
    with stream.subscribe("slow") as slow, stream.subscribe("quick") as quick:
        for step in range(1, 501):
            socket.send(message("progress", node="1", value=step, max=500, prompt_id="slow"))
            socket.send(b"\0\0\0\4" + len(frame).to_bytes(4) + frame + picture(step))
        for node in ("2", "3", None):
            socket.send(message("executing", node=node, prompt_id="slow"))
        socket.send(message("executing", node=None, prompt_id="quick"))
        assert quick.get(PATIENCE) == Finished("quick")
        assert [slow.get(0) for _ in range(6)] == [
            NodeProgress("slow", "1", 500, 500),
            Preview("slow", read_preview(picture(500))),
            Executing("slow", "2"),
            Executing("slow", "3"),
            Finished("slow"),
            None,
        ]


def test_a_lost_connection_is_told_and_a_new_one_has_another_id(server, stream):
    first = stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("a", first) as a:
        socket.close()
        assert a.get(PATIENCE) == ConnectionLost("a")
        second = server.next()[0]
        assert (a.lost, second != first) == (True, True)
        assert stream.ensure_connected(PATIENCE) == second
        with stream.subscribe("b") as b, stream.subscribe("c", first) as late:
            assert (b.lost, b.client_id, late.lost, late.get(0)) == (False, second, True, ConnectionLost("c"))


def test_reconnects_to_a_server_that_comes_back():
    with serving(Server()) as port:
        stream = NodeStream(f"http://127.0.0.1:{port}")
        first = stream.ensure_connected(PATIENCE)
        a = stream.subscribe("a")
    assert a.get(PATIENCE) == ConnectionLost("a")
    revived = Server()
    with serving(revived, port):
        assert revived.next()[0] != first
        stream.close()


def test_a_subscription_made_first_belongs_to_the_next_connection(server, stream):
    with stream.subscribe("a") as a:
        client_id = stream.ensure_connected(PATIENCE)
        server.next()[2].send(message("executing", node=None, prompt_id="a"))
        assert (a.client_id, a.get(PATIENCE)) == (client_id, Finished("a"))


def test_nobody_listening_nobody_reconnects(server, stream):
    stream.ensure_connected(PATIENCE)
    reader = stream._thread
    server.next()[2].close()
    reader.join(PATIENCE)
    assert (reader.is_alive(), stream.client_id) == (False, "")
    assert stream.ensure_connected(PATIENCE) == server.next()[0]


def test_a_closed_subscription_hears_nothing(server, stream):
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("b") as b:
        a = stream.subscribe("a")
        a.close()
        for prompt_id in ("a", "b"):
            socket.send(message("executing", node=None, prompt_id=prompt_id))
        assert (b.get(PATIENCE), a.get(0)) == (Finished("b"), None)


def test_many_threads_share_one_connection(server, stream):
    found = Queue()
    threads = [
        threading.Thread(target=lambda: found.put(stream.ensure_connected(PATIENCE))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found.get() for _ in threads] == [server.next()[0]] * 8
    assert server.sockets.empty()


def test_odd_messages_do_not_end_the_stream(server, stream):
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("a") as a:
        for odd in ("", "{", "[]", b"", b"\0\0\0\4", message("new", prompt_id="a"), "x" * 3_000_000):
            socket.send(odd)
        socket.send(message("executing", node=None, prompt_id="a"))
        assert a.get(PATIENCE) == Finished("a")


def test_no_server_is_said_at_once():
    with serving(Server()) as port:
        pass
    stream = NodeStream(f"http://127.0.0.1:{port}")
    with pytest.raises(NodeUnreachable):
        stream.ensure_connected(PATIENCE)
    stream.close()


def test_a_deaf_connection_is_replaced_once(server, stream):
    first = stream.ensure_connected(PATIENCE)
    with stream.subscribe("a", first) as a:
        server.next()
        stream.report_deaf(first)
        assert a.get(PATIENCE) == ConnectionLost("a")
        second = server.next()[0]
        assert stream.ensure_connected(PATIENCE) == second
        stream.report_deaf(first)
        assert stream.client_id == second


def test_closing_tells_the_watchers(server, stream):
    stream.ensure_connected(PATIENCE)
    with stream.subscribe("a") as a:
        stream.close()
        assert a.get(PATIENCE) == ConnectionLost("a")
        with pytest.raises(NodeUnreachable):
            stream.ensure_connected(PATIENCE)


def test_a_message_that_breaks_the_reader_costs_the_connection_and_not_the_stream(
    server, stream, monkeypatch
):
    def break_once(text):
        if text == "strange":
            raise RuntimeError("an unforeseen message")
        return events.parse_text(text)

    monkeypatch.setattr("jobs.comfy.stream.parse_text", break_once)
    stream.ensure_connected(PATIENCE)
    with stream.subscribe("p1") as subscription:
        server.next()[2].send("strange")
        assert isinstance(subscription.get(PATIENCE), ConnectionLost)
    assert stream.ensure_connected(PATIENCE) == server.next()[0]


@pytest.mark.parametrize(("count", "piece"), [(80, "x" * 20_000), (500, "{}")], ids=["bytes", "messages"])
def test_a_node_that_floods_its_socket_has_none_for_a_while(server, stream, monkeypatch, count, piece):
    monkeypatch.setattr("jobs.comfy.stream.FLOOD_BYTES", 1_000_000)
    monkeypatch.setattr("jobs.comfy.stream.FLOOD_MESSAGES", 400)
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("a") as subscription:
        with suppress(ConnectionClosed):
            for _ in range(count):
                socket.send(piece)
        assert subscription.get(PATIENCE) == ConnectionLost("a")
    with pytest.raises(NodeUnreachable) as caught:
        stream.ensure_connected(PATIENCE)
    assert "flooded" in caught.value.detail


def test_a_prompt_with_more_events_than_a_graph_has_is_lost(server, stream):
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("endless") as endless, stream.subscribe("other") as other:
        for number in range(MOST_STORED + 10):
            socket.send(message("executing", node=str(number), prompt_id="endless"))
        socket.send(message("executing", node=None, prompt_id="other"))
        assert other.get(PATIENCE) == Finished("other")
        assert (endless.get(0), endless.get(0), endless.lost) == (ConnectionLost("endless"), None, True)


def test_a_message_above_the_limit_ends_the_connection(server, stream):
    stream.ensure_connected(PATIENCE)
    socket = server.next()[2]
    with stream.subscribe("a") as subscription:
        with suppress(ConnectionClosed):
            socket.send("x" * (MAX_MESSAGE + 1))
        assert subscription.get(PATIENCE) == ConnectionLost("a")

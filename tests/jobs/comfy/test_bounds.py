"""Calls to nodes that answer too slowly, too much, or with something else than an answer."""

import json
import threading
import time
import tracemalloc
from io import BytesIO
from uuid import uuid4

import pytest

from jobs.comfy import (
    BadOutput,
    Bounds,
    ComfyClient,
    NodeBusyOrBroken,
    NodeStream,
    NodeTimeout,
    NodeUnreachable,
    OutputFile,
    giving_up_when,
)
from jobs.comfy.reading import parse_json
from tests.jobs.comfy.peer import CHUNKED, HEAD, Peer, saying, whole

MIB = 1024**2
PATIENCE_S = 20.0
SHORT = Bounds(answer_s=0.4, file_s=0.6, file_bytes=2 * MIB)
LONG = Bounds(answer_s=3600, file_s=3600)
FILE = OutputFile("out_00001_.png", "jobs/a/b", "output")
GRAPH = {"1": {"class_type": "EmptyImage", "inputs": {}}}
CALLS = {
    "info": lambda client: client.info(),
    "count": lambda client: client.count_prompts(),
    "queue": lambda client: client.queue(),
    "runs": lambda client: client.recent_runs(),
    "classes": lambda client: client.capabilities(),
    "upload": lambda client: client.upload_image(b"photo", name="a.png"),
    "submit": lambda client: client.submit(GRAPH, prompt_id=str(uuid4()), client_id="c"),
    "find": lambda client: client.find("a"),
    "cancel": lambda client: client.cancel("a"),
    "result": lambda client: client.fetch_to(FILE, BytesIO()),
    "preview": lambda client: client.fetch_preview(FILE),
}
AWAY = (NodeTimeout, NodeBusyOrBroken, NodeUnreachable, BadOutput)


@pytest.fixture(autouse=True)
def looked_for_once(monkeypatch):
    monkeypatch.setattr("jobs.comfy.client.RECHECK_DELAYS", (0.0,))


def seconds_of(url, call, bounds=SHORT):
    """How long a call takes that must fail."""
    began = time.monotonic()
    with ComfyClient(url, bounds=bounds) as client, pytest.raises(AWAY):
        CALLS[call](client)
    return time.monotonic() - began


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "drip",
    [
        saying(then=b"H", pause_s=0.05),
        saying(HEAD, then=b"X-More: 1\r\n", pause_s=0.05),
        saying(CHUNKED, then=b"1\r\n{\r\n", pause_s=0.05),
        saying(HEAD + b"Content-Length: 9999999\r\n\r\n", then=b" ", pause_s=0.05),
    ],
    ids=["status", "headers", "chunks", "body"],
)
def test_an_answer_that_drips_ends_at_the_time_of_its_call(call, drip):
    with Peer(drip) as peer:
        assert seconds_of(peer.url, call) < PATIENCE_S


@pytest.mark.parametrize("call", CALLS)
def test_an_endless_answer_ends_at_the_size_of_its_call(call):
    piece = b"10000\r\n" + b"[" * 65536 + b"\r\n"
    with Peer(saying(CHUNKED, then=piece)) as peer:
        tracemalloc.start()
        seconds_of(peer.url, call, Bounds(answer_s=60, file_s=60, file_bytes=2 * MIB))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 64 * MIB


def test_a_node_that_does_not_read_a_photo_is_left():
    with Peer(lambda connection: threading.Event().wait(PATIENCE_S)) as peer:
        began = time.monotonic()
        with ComfyClient(peer.url, bounds=SHORT) as client, pytest.raises(NodeTimeout):
            client.upload_image(bytes(64 * MIB), name="a.png")
        assert time.monotonic() - began < PATIENCE_S / 2


def test_a_node_that_reads_a_photo_drop_by_drop_is_left():
    def sip(connection):
        while connection.recv(4096):
            threading.Event().wait(0.02)

    with Peer(sip) as peer, ComfyClient(peer.url, bounds=SHORT) as client:
        began = time.monotonic()
        with pytest.raises(NodeTimeout):
            client.upload_image(bytes(64 * MIB), name="a.png")
        assert time.monotonic() - began < PATIENCE_S / 2


@pytest.mark.parametrize("call", CALLS)
def test_a_caller_who_gives_up_waits_no_longer(call, monkeypatch):
    monkeypatch.setattr("jobs.comfy.patience.GIVEN_UP_S", 0.1)
    given_up = threading.Event()
    with Peer(saying(CHUNKED, then=b"1\r\n \r\n", pause_s=0.05)) as peer, giving_up_when(given_up.is_set):
        threading.Timer(0.1, given_up.set).start()
        assert seconds_of(peer.url, call, LONG) < PATIENCE_S


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
@pytest.mark.parametrize("call", CALLS)
def test_a_redirect_is_not_followed(call, status):
    with Peer(saying(whole(b"{}"))) as trap:
        moved = whole(b"", status, f"Location: {trap.url}/system_stats", "Connection: close")
        with Peer(saying(moved)) as peer:
            seconds_of(peer.url, call)
        assert trap.connections == 0


def test_a_socket_that_is_redirected_is_not_opened():
    with Peer(saying(whole(b"{}"))) as trap:
        moved = whole(b"", "302 Found", f"Location: {trap.url.replace('http', 'ws')}/ws", "Connection: close")
        with Peer(saying(moved)) as peer:
            stream = NodeStream(peer.url)
            with pytest.raises(NodeUnreachable):
                stream.ensure_connected(PATIENCE_S)
            stream.close()
        assert trap.connections == 0


def test_a_compressed_answer_is_refused():
    zipped = saying(whole(b"\x1f\x8b", "200 OK", "Content-Encoding: gzip"))
    with Peer(zipped) as peer, ComfyClient(peer.url) as client, pytest.raises(NodeBusyOrBroken) as caught:
        client.info()
    assert "gzip" in caught.value.detail


def test_a_result_is_written_as_it_arrives_and_no_further_than_its_bound():
    class Counted(BytesIO):
        most = 0

        def write(self, chunk):
            Counted.most = max(Counted.most, len(chunk))
            return super().write(chunk)

    target = Counted()
    with Peer(saying(whole(bytes(1 * MIB)))) as peer, ComfyClient(peer.url, bounds=SHORT) as client:
        assert client.fetch_to(FILE, target) == len(target.getvalue()) == 1 * MIB
    assert Counted.most <= 64 * 1024
    with Peer(saying(whole(bytes(3 * MIB)))) as peer:
        seconds_of(peer.url, "result")


def test_a_prompt_whose_answer_is_too_large_is_looked_for_and_not_posted_again():
    asked = []

    def act(connection):
        asked.append(connection.recv(65536).split(b" ", 1)[0])
        connection.sendall(
            whole(b" " * (5 * MIB)) if asked[-1] == b"POST" else whole(b'{"status": "pending"}')
        )

    with Peer(act) as peer, ComfyClient(peer.url) as client:
        client.submit(GRAPH, prompt_id=str(uuid4()), client_id="c")
    assert asked == [b"POST", b"GET"]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"a": [' + b"[]," * 700_000 + b"1]}",
        b'{"a": ' + b"1" * 5000 + b"}",
        b'{"a": "' + b"\xff" * 10 + b'"}',
        b'[{"a": 1}]',
        b"",
    ],
    ids=["unclosed", "deep", "many", "a huge number", "no text", "a list", "nothing"],
)
def test_what_is_no_sound_object_is_nothing(body):
    assert parse_json(body) is None


@pytest.mark.parametrize(
    "part", [b"[]", b"{}", b'{"a":1}', b'"\xf0\x9f\x98\x80"', b"1e9", b'{"":{"":[]}}'], ids=repr
)
def test_the_largest_answer_takes_little_memory(part):
    """An answer of 16 MiB, refused or not; 60 MiB of JSON once took 1.7 GB."""
    content = b'{"a": [' + b",".join([part] * (16 * MIB // (len(part) + 1))) + b"]}"
    tracemalloc.start()
    parse_json(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * MIB


def test_names_and_numbers_of_a_node_fit_into_its_row():
    stats = {
        "system": {"comfyui_version": "v\0" + "9" * 9999},
        "devices": [{"type": "cuda", "name": "\ud800" * 3, "vram_total": -1, "vram_free": 10**30}],
    }
    with Peer(saying(whole(json.dumps(stats).encode()))) as peer, ComfyClient(peer.url) as client:
        info = client.info()
    assert ("\0" in info.version, len(info.version) <= 300, info.device) == (False, True, "???")
    assert (info.vram_total, info.vram_free) == (None, None)

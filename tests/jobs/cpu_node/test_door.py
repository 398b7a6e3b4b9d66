"""Who may use a node: no web page, whatever name it leads here, and nobody without its secret."""

import socket
import stat
from contextlib import ExitStack

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.jobs.cpu_node.running import PATIENCE, RunningNode

SECRET = "8" * 64
OPENED = [
    {},
    {"Host": "localhost:8188"},
    {"Host": "10.0.0.6:8188"},
    {"Host": "[::1]:8188"},
    {"Host": "gpu-machine:8188"},
    {"Host": socket.gethostname()},
    {"Host": "10.0.0.6:8188", "Origin": "http://10.0.0.6:8188"},
    {"Sec-Fetch-Site": "same-origin"},
    {"X-Creator-Secret": "9" * 64},
]
SHUT = [
    {"Host": "rebound.example"},
    {"Host": "rebound.example:8188", "Origin": "http://rebound.example:8188"},
    {"Host": "localhost.evil.example"},
    {"Host": "127.0.0.1.nip.example"},
    {"Host": "[::1"},
    {"Host": ""},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Host": "10.0.0.6:8188", "Origin": "http://10.0.0.7:8188"},
    {"Sec-Fetch-Site": "cross-site"},
]
GUARDED = [
    ("GET", "/system_stats"),
    ("GET", "/api/queue"),
    ("POST", "/prompt"),
    ("GET", "/view"),
    ("POST", "/faults"),
]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with RunningNode(tmp_path_factory.mktemp("open"), "--faults", "--allowed-host", "gpu-machine") as running:
        yield running


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # ends before `node` may start, which has no secret
            patch.setenv("CPU_NODE_SECRET", SECRET)
            running = stack.enter_context(RunningNode(tmp_path_factory.mktemp("locked"), "--faults"))
        yield running


def socket_status(node, headers):
    """The status of a handshake: 101 if the socket opens."""
    headers = dict(headers)
    address = headers.pop("Host", None)
    try:
        if address is None:
            with connect(f"ws://{node.address}/ws", additional_headers=headers, proxy=None):
                return 101
        host, port = node.address.split(":")
        raw = socket.create_connection((host, int(port)), timeout=PATIENCE)
        with connect(f"ws://{address}/ws", sock=raw, additional_headers=headers, proxy=None):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


@pytest.mark.parametrize("headers", OPENED, ids=str)
def test_programs_and_its_own_pages_are_let_in(node, headers):
    assert node.call("GET", "/queue", None, headers).status == 200


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("headers", SHUT, ids=str)
def test_pages_of_other_sites_are_not_under_any_name(node, headers, method, path):
    assert node.call(method, path, None, headers).status in (400, 403)


@pytest.mark.parametrize("headers", [each for each in SHUT if "Host" not in each], ids=str)
def test_their_sockets_are_not_opened(node, headers):
    assert socket_status(node, headers) == 403


def test_a_socket_under_a_name_that_was_led_here_is_not_opened(node):
    assert socket_status(node, {"Host": "rebound.example"}) == 403
    assert socket_status(node, {"Host": "gpu-machine"}) == 101


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("headers", [{}, {"X-Creator-Secret": ""}, {"X-Creator-Secret": "9" * 64}], ids=str)
def test_without_the_secret_nothing_is_answered(locked, headers, method, path):
    assert locked.call(method, path, None, headers).status == 403
    assert socket_status(locked, headers) == 403


def test_with_the_secret_all_is_as_ever(locked):
    known = {"X-Creator-Secret": SECRET}
    assert locked.call("GET", "/queue", None, known).status == 200
    assert socket_status(locked, known) == 101


def test_its_folder_is_private(node):
    assert stat.S_IMODE(node.data_dir.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in node.data_dir.rglob("*")} == {0}


def test_a_folder_that_was_open_is_shut(tmp_path):
    tmp_path.chmod(0o755)
    with RunningNode(tmp_path):
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

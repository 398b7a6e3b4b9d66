"""Strangers send endless and slow bodies, and a person breaks uploads off; others upload photos meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from benchmarks.pictures import make_camera_photo
from tests.e2e.attack.harness import MIB, TREE, p95, time_each, watching_memory
from tests.e2e.product.serving import PATIENCE_S, Product, serving
from tests.e2e.product.visitor import Visitor
from tests.services.process import wait_until

AT_ONCE = 20
LOOKS = 6
LONGEST_S = 12.0
SLOW_BODY_S = 30.0
"""The product ends a body that is too slow for 20 s."""
GOLDEN = Path(__file__).parents[2] / "golden/photos/astronaut_tests_only.jpg"
FORM = (
    "Content-Type: multipart/form-data; boundary=b\r\n",
    b'--b\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n',
)


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("product"), nodes=0, tree=TREE) as served:
        yield served


@pytest.fixture(scope="module")
def honest(product: Product) -> Iterator[Visitor]:
    someone = Visitor(product.url, "honest@example.org")
    product.endow("honest@example.org")
    yield someone
    someone.close()


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    return make_camera_photo(GOLDEN, path, width=4000, height=3000).read_bytes()


class Waiting:
    """Mebibytes on the disk that wait for a request: in folders, and in files without a name; also their peak."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self.peak = 0.0

    def now(self) -> float:
        folders = [self._product.temporary, self._product.data_dir / "scratch"]
        named = [path for folder in folders for path in folder.rglob("*")]
        nameless = list(Path(f"/proc/{self._product.pid}/fd").iterdir())
        return sum(self._size(path, is_open=path in nameless) for path in (*named, *nameless)) / MIB

    def _size(self, path: Path, *, is_open: bool) -> int:
        with suppress(OSError):
            found = path.stat()
            if stat.S_ISREG(found.st_mode) and (not is_open or found.st_nlink == 0):
                return found.st_blocks * 512
        return 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        over = threading.Event()

        def look() -> None:
            while not over.wait(0.1):
                self.peak = max(self.peak, self.now())

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        yield
        over.set()
        watcher.join()


@contextmanager
def at_once(attack: Callable[[threading.Event], None], count: int = AT_ONCE) -> Iterator[threading.Event]:
    """Runs so many attackers within the block; they look at the event to see that it is over."""
    over = threading.Event()
    threads = [threading.Thread(target=attack, args=(over,), daemon=True) for _ in range(count)]
    for each in threads:
        each.start()
    try:
        yield over
    finally:
        over.set()
        for each in threads:
            each.join()


def connection(product: Product, path: str, length: int, headers: str = "") -> socket.socket:
    """A connection on which a request with a body of this length has begun."""
    host, _, port = product.url.rpartition("/")[2].rpartition(":")
    line = socket.create_connection((host, int(port)), timeout=60)
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nContent-Length: {length}\r\n{headers}\r\n"
    line.sendall(head.encode())
    return line


def headers_of(visitor: Visitor) -> str:
    """The headers of a form that this visitor sends."""
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
    return f"Cookie: {cookies}\r\nX-CSRFToken: {visitor.http.cookies['csrftoken']}\r\n{FORM[0]}"


def honest_upload(visitor: Visitor, photo: bytes) -> None:
    assert visitor.upload("photo.jpg", photo).status_code == 201


@pytest.mark.parametrize("path", ["/new/", "/uploads/", "/accounts/login/"])
def test_strangers_fill_neither_disk_nor_memory(product, honest, photo, report, path):
    begun: list[str] = []

    def send_400_mib(over: threading.Event) -> None:
        block, headers = b"x" * MIB, FORM[0]
        while not over.is_set():
            with suppress(OSError), connection(product, path, 400 * MIB, headers) as line:
                line.sendall(FORM[1])
                begun.append(path)
                for _ in range(399):
                    if over.is_set():
                        break
                    line.sendall(block)

    honest_upload(honest, photo)
    with watching_memory(product.pid) as memory_alone:
        alone = time_each(lambda: honest_upload(honest, photo), LOOKS)
    waiting = Waiting(product)
    with watching_memory(product.pid) as memory, waiting.watched(), at_once(send_400_mib):
        wait_until(lambda: len(begun) >= AT_ONCE, "the attack does not begin", PATIENCE_S)
        began = time.monotonic()
        meanwhile = time_each(lambda: honest_upload(honest, photo), LOOKS)
        time.sleep(max(0.0, LONGEST_S - (time.monotonic() - began)))
    report(
        f"bodies, 20 strangers with 400 MiB to {path}",
        disk_mib=waiting.peak,
        memory_mib=memory.peak - memory_alone.peak,
        alone_p95_s=p95(alone),
        meanwhile_p95_s=p95(meanwhile),
        ratio=p95(meanwhile) / p95(alone),
    )
    assert waiting.peak <= 100
    assert memory.peak - memory_alone.peak <= 100
    assert p95(meanwhile) <= 2 * p95(alone)
    wait_until(lambda: waiting.now() == 0, "bodies are not deleted", PATIENCE_S)


def test_slow_bodies_are_ended(product, honest, photo, report):
    ended: list[float] = []

    def drip(over: threading.Event) -> None:
        began = time.monotonic()
        with suppress(OSError), connection(product, "/uploads/", MIB) as line:
            while not over.is_set():
                line.sendall(b"x")
                line.settimeout(0.5)
                with suppress(TimeoutError):
                    if not line.recv(65536):
                        break
        if not over.is_set():
            ended.append(time.monotonic() - began)

    with at_once(drip):
        deadline = time.monotonic() + SLOW_BODY_S
        while len(ended) < AT_ONCE and time.monotonic() < deadline:
            time.sleep(0.2)
    report("bodies, 20 that drip", ended=len(ended), longest_s=max(ended, default=float("inf")))
    assert len(ended) == AT_ONCE


def test_uploads_that_are_broken_off_leave_nothing(product, honest, photo, report):
    waiting = Waiting(product)
    with watching_memory(product.pid) as memory, waiting.watched():
        for _ in range(50):
            with connection(product, "/uploads/", 30 * MIB, headers_of(honest)) as line, suppress(OSError):
                line.sendall(FORM[1] + b"x" * 10 * MIB)
        wait_until(lambda: waiting.now() == 0, "bodies are not deleted", PATIENCE_S)
    honest_upload(honest, photo)
    report("bodies, 50 broken off", disk_mib=waiting.peak, memory_mib=memory.growth)
    assert memory.growth <= 100


def test_a_photo_is_on_the_disk_once(product, honest, report):
    sent = 30 * MIB
    waiting = Waiting(product)
    with waiting.watched():
        answer = honest.upload("large.jpg", b"\xff\xd8\xff", sparse_bytes=sent)
    report("bodies, one photo of 30 MiB", disk_mib=waiting.peak)
    assert answer.status_code == 422
    assert waiting.peak <= 1.5 * sent / MIB


def test_a_crash_leaves_nothing(product, honest, report):
    waiting = Waiting(product)
    with connection(product, "/uploads/", 30 * MIB, headers_of(honest)) as line:
        line.sendall(FORM[1] + b"x" * 10 * MIB)
        wait_until(lambda: waiting.now() >= 9, "the photo does not arrive", PATIENCE_S)
        os.kill(product.pid, signal.SIGKILL)
        wait_until(
            lambda: not psutil.pid_exists(product.pid) or ended(product.pid), "it lives on", PATIENCE_S
        )
    product.start()
    report("bodies, a crash during an upload", disk_mib=waiting.now())
    assert waiting.now() == 0


def ended(pid: int) -> bool:
    return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE

"""A photo that is sent in parts goes on after the web process that took its beginning was killed."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.e2e.product.serving import Product
from tests.e2e.product.visitor import Visitor

pytestmark = [pytest.mark.services, pytest.mark.chaos]
PHOTO = Path("tests/golden/photos/chelsea.jpg").read_bytes()
PART = len(PHOTO) // 5
WHERE = "/api/v1/uploads/parts"
PATIENCE_S = 30


@pytest.fixture
def product(tmp_path):
    served = Product(tmp_path, nodes=0)
    served.start()
    yield served
    served.stop()


def restart(product: Product) -> None:
    os.kill(product.pid, signal.SIGKILL)
    assert product._process
    product._process.wait()
    product.start()


def test_parts_survive_the_death_of_the_process_that_took_them(product):
    Visitor(product.url, "someone@example.org").close()
    product.endow("someone@example.org")
    key = product.manage("create_api_key", "someone@example.org", "--name", "parts").split()[-1]
    headers = {"X-API-Key": key, "Tus-Resumable": "1.0.0"}
    with httpx2.Client(base_url=product.url, headers=headers, trust_env=False, timeout=60) as client:
        begun = client.post(WHERE, headers={"Upload-Length": str(len(PHOTO))})
        address = f"{WHERE}/{begun.json()['id']}"
        deaths = 0
        while (offset := int(client.head(address).headers["Upload-Offset"])) < len(PHOTO):
            assert offset % PART == 0
            if deaths < 3:
                deaths += 1
                die_while_sending(product, client, address, offset)
                continue
            sent = client.patch(address, content=PHOTO[offset : offset + PART], headers=part_at(offset))
            assert sent.status_code == 204, sent.text
        photo = client.get(f"/api/v1/uploads/{begun.json()['id']}").json()
    assert (photo["width"], photo["height"], deaths) == (451, 300, 3)


def part_at(offset: int) -> dict[str, str]:
    return {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}


def die_while_sending(product: Product, client: httpx2.Client, address: str, offset: int) -> None:
    """The process is killed while a part arrives; of a part that was answered before, all stays."""
    taken = client.patch(address, content=PHOTO[offset : offset + PART], headers=part_at(offset))
    assert (taken.status_code, taken.headers["Upload-Offset"]) == (204, str(offset + PART))

    is_sending = threading.Event()

    def slowly():
        for number, byte in enumerate(PHOTO[offset + PART : offset + 2 * PART][:40]):
            if number == 4:  # the first bytes are on their way
                is_sending.set()
            yield bytes([byte])
            time.sleep(0.05)  # the slow line itself: the part is half there when the process dies

    def send_half() -> None:
        with suppress(httpx2.TransportError):
            client.patch(address, content=slowly(), headers=part_at(offset + PART))

    sender = threading.Thread(target=send_half)
    sender.start()
    assert is_sending.wait(PATIENCE_S)
    restart(product)
    sender.join()

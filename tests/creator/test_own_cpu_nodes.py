"""The CPU nodes of `make run`: only this installation may use them."""

import httpx2
import pytest

from creator.embedded import CpuNodeProcess
from jobs.models import Node
from jobs.nodes import SECRET_HEADER, close_links, secret_of
from tests.jobs.execution.running import PATIENCE

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_its_own_node_serves_who_knows_the_secret_of_its_address(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    own = CpuNodeProcess("cpu-1")
    own.start()
    try:
        assert own.ready.wait(PATIENCE)
        node = Node.objects.get()
        asked = [
            httpx2.get(f"{node.url}/queue", headers={SECRET_HEADER: secret}, trust_env=False).status_code
            for secret in ("", secret_of("http://127.0.0.1:1"), secret_of(node.url))
        ]
        assert (asked, node.seen_at is not None, node.failures) == ([403, 403, 200], True, 0)
    finally:
        own.stop()
        close_links()

"""An error page leaves no database connection behind in the thread that made it."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from django.db import connection
from django.test import Client

from tests.jobs.execution.running import eventually
from tests.jobs.streaming.serving import served

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
AT_ONCE, REQUESTS = 16, 160


@pytest.mark.parametrize("who", ["owner", "a stranger with any cookie"])
def test_many_wrong_addresses_use_up_no_connections(services, cast, who):
    """Each thread of the server kept one for good: some dozen wrong addresses at once shut everybody out."""
    client = Client()
    client.force_login(cast.owner)
    session = client.cookies["sessionid"].value if who == "owner" else "x" * 32
    connection.close()
    with served() as site, httpx2.Client(base_url=site, trust_env=False, timeout=60) as browser:
        browser.headers |= {"Cookie": f"sessionid={session}", "Host": "testserver", "Accept": "text/html"}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            statuses = set(pool.map(lambda n: browser.get(f"/nothing/{n}").status_code, range(REQUESTS)))
        assert statuses == {404}
        eventually(lambda: in_use() == 0)


def in_use() -> int:
    now = connection.pool.get_stats()
    return now["pool_size"] - now["pool_available"]

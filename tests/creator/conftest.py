import threading

import httpx2
import pytest
import uvicorn

from tests.jobs.execution.running import eventually


@pytest.fixture(autouse=True)
def static_root(settings) -> None:
    """Creates STATIC_ROOT: the static file server warns if the folder is missing."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)


@pytest.fixture
def site(transactional_db, static_root):
    """An HTTP client of the site, served by uvicorn as in production."""
    from creator.asgi import application

    server = uvicorn.Server(uvicorn.Config(application, port=0, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        yield client
    server.should_exit = True
    thread.join(30)

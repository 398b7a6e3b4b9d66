"""docs/production.md followed to the letter: its `.env`, its commands and docs/nginx.conf, with real servers.

Names and ports are replaced, because they are not ours here; nothing is added.
"""

from __future__ import annotations

import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest
from websockets.sync.client import connect

from tests.e2e.documents.checkout import ROOT, Checkout
from tests.e2e.documents.reading import commands, files
from tests.services.nginx import Nginx
from tests.services.process import free_port

pytestmark = pytest.mark.services
PAGE = (ROOT / "docs/production.md").read_text()
SITE, FILES = "localhost", "127.0.0.1"
"""Stand for creator.example.org and files.example.org: both lead to this machine."""
PHOTO = (ROOT / "tests/golden/photos/chelsea.jpg").read_bytes()


@pytest.fixture
def proxy(checkout: Checkout, services: dict[str, str]) -> Iterator[Nginx]:
    """The shipped nginx. It listens on another port than 443, which only root may use."""
    folder = checkout.folder / "var"
    folder.mkdir()
    files_port = free_port()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={SITE}",
         "-addext", f"subjectAltName=DNS:{SITE},IP:{FILES}", "-keyout", folder / "creator.key", "-out", folder / "creator.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    content = (ROOT / "docs/nginx.conf").read_text()
    site, _, bucket = content.rpartition("server {")
    server = Nginx(
        folder,
        _replaced(
            site.replace("listen 443", "listen PORT")
            + "server {"
            + bucket.replace("listen 443", f"listen {files_port}"),
            {
                "creator.example.org": SITE,
                "files.example.org": FILES,
                "/etc/ssl": str(folder),
                "127.0.0.1:8000": f"127.0.0.1:{checkout.port(8000)}",
                "http://minio:9000": services["S3_ENDPOINT_URL"],
            },
        ),
    )
    checkout.stands_for["files"] = f"https://{FILES}:{files_port}"
    server.start()
    yield server
    server.kill()


def _replaced(text: str, values: dict[str, str]) -> str:
    for written, meant in values.items():
        assert written in text
        text = text.replace(written, meant)
    return text


def settings(services: dict[str, str], files_url: str) -> str:
    """The page's `.env` with values that work here. The names are the page's own."""
    (text,) = files(PAGE, "ini")
    values = services | {
        "SECRET_KEY": "for-tests-only-" * 4,
        "ALLOWED_HOSTS": SITE,
        "S3_PUBLIC_URL": files_url,
        "EMAIL_URL": "dummymail://",
    }
    written = set(re.findall(r"^(\w+)=", text, re.MULTILINE))
    assert services.keys() <= written, "the page does not name a setting that is needed"
    return re.sub(
        r"^(\w+)=(.*)$", lambda line: f"{line[1]}={values.get(line[1], line[2])}", text, flags=re.MULTILINE
    )


@pytest.fixture
def client(proxy: Nginx) -> Iterator[httpx2.Client]:
    """A browser: it sends the Origin of its page, and trusts the proxy's certificate."""
    address = f"https://{SITE}:{proxy.port}"
    trust = ssl.create_default_context(cafile=proxy.folder.parent / "creator.pem")
    with httpx2.Client(
        base_url=address, headers={"Origin": address}, verify=trust, trust_env=False, timeout=60
    ) as found:
        yield found


def test_the_page(checkout, client, proxy, services, cpu_node):
    (checkout.folder / ".env").write_text(settings(services, checkout.stands_for.pop("files")))
    checkout.stands_for["http://gpu-1:8188"] = cpu_node
    for each in commands(PAGE):
        checkout.run(each.text)
    address = str(client.base_url)
    key = make_person(checkout)
    sign_in(client)
    sent = upload(client)
    check_picture(client, sent["thumbnail_url"])
    job = program(client, key, "POST", "/jobs", {"preset": "cinematic", "upload_id": sent["id"], "seed": 5})
    assert job["status_url"].startswith(f"{address}/api/v1/jobs/")
    assert watch(client, proxy, job["job_id"])[-1] == "completed"
    done = program(client, key, "GET", f"/jobs/{job['job_id']}")
    assert done["seed"] == 5
    for artifact in done["artifacts"]:
        check_picture(client, artifact["url"])
    near = f"http://127.0.0.1:{checkout.port(8000)}"
    assert [
        httpx2.get(f"{near}{path}", trust_env=False).status_code for path in ("/health", "/ready", "/")
    ] == [200, 200, 400]


def make_person(checkout: Checkout) -> str:
    """An account with a verified address and an API key, which is returned."""
    words = (
        "from accounts.models import User; from allauth.account.models import EmailAddress; "
        "from creator.demo import endow; "
        "user = User.objects.create_user('person@example.org', 'correct horse battery'); endow(user); "
        "EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)"
    )
    checkout.run(f'.venv/bin/python manage.py shell -v 0 -c "{words}"')
    return checkout.run(".venv/bin/python manage.py create_api_key person@example.org 2>/dev/null").strip()


def sign_in(client: httpx2.Client) -> None:
    client.get("/accounts/login/")
    form = {"login": "person@example.org", "password": "correct horse battery"}
    answer = client.post(
        "/accounts/login/", data=form | {"csrfmiddlewaretoken": client.cookies["__Host-csrftoken"]}
    )
    assert (answer.status_code, answer.headers.get("location")) == (302, "/home/")


def upload(client: httpx2.Client) -> dict:
    """Sends the photo in chunks, without a Content-Length."""
    request = client.build_request("POST", "/uploads/", files={"file": ("Übung.jpg", PHOTO)})
    body = request.read()
    answer = client.post(
        "/uploads/",
        content=(body[at : at + 4096] for at in range(0, len(body), 4096)),
        headers={
            "Content-Type": request.headers["Content-Type"],
            "Accept": "application/json",
            "X-CSRFToken": client.cookies["__Host-csrftoken"],
        },
    )
    assert (answer.status_code, answer.json().get("name")) == (201, "Übung.jpg"), answer.text
    return answer.json()


def check_picture(client: httpx2.Client, url: str) -> None:
    """A page may show the picture: its policy allows the bucket's origin, which is as safe as the page."""
    linked = client.get(url)
    origin = urlsplit(linked.headers["location"])
    assert (linked.status_code, origin.scheme) == (302, "https")
    assert f"{origin.scheme}://{origin.netloc}" in client.get("/home/").headers["Content-Security-Policy"]
    picture = client.get(linked.headers["location"])
    assert (picture.status_code, picture.headers["Content-Type"].partition("/")[0]) == (200, "image")


def program(client: httpx2.Client, key: str, method: str, path: str, body: dict | None = None) -> dict:
    answer = client.request(method, f"/api/v1{path}", json=body, headers={"X-API-Key": key})
    assert answer.status_code in (200, 202), answer.text
    return answer.json()


def watch(client: httpx2.Client, proxy: Nginx, job: str) -> list[str]:
    """What the page's socket says until the job has ended."""
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    trust = ssl.create_default_context(cafile=proxy.folder.parent / "creator.pem")
    headers = {"Cookie": cookies, "Origin": client.headers["Origin"]}
    where = f"wss://{SITE}:{proxy.port}/ws/jobs/{job}"
    with connect(where, additional_headers=headers, ssl=trust, proxy=None) as socket:
        return [json.loads(each).get("status", "heartbeat") for each in socket]

"""Pages of listed sites may call the API from a browser, without cookies; other sites may not."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from creator.api.openapi import DOCUMENT
from creator.http.cors import share_with

SHOP, OTHER = "https://shop.example.org", "https://evil.example.org"


async def refuse(scope: Any, receive: Any, send: Any) -> None:
    """Answers everything with 413, as the door of bodies does before Django is called."""
    headers = [(b"content-type", b"application/json"), (b"vary", b"Accept")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": b"{}"})


def ask(method: str, path: str, *, origins: tuple[str, ...] = (SHOP,), **headers: str) -> httpx2.Response:
    async def one() -> httpx2.Response:
        app = httpx2.ASGITransport(share_with(origins, refuse))
        async with httpx2.AsyncClient(transport=app, base_url="https://creator.example.org") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(one())


def preflight(
    origin: str, method: str = "PATCH", headers: str = "x-api-key, idempotency-key"
) -> httpx2.Response:
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return ask("OPTIONS", "/api/v1/account", Origin=origin, **asked)


def test_a_listed_site_may_send_its_key_and_read_our_headers():
    answer = preflight(SHOP)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (200, SHOP)
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(
        answer.headers["Access-Control-Allow-Methods"].split(", ")
    )
    refused = ask("POST", "/api/v1/jobs", Origin=SHOP)
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (413, SHOP)
    assert {"Location", "X-Request-ID", "X-RateLimit-Remaining", "Retry-After"} <= set(
        refused.headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert refused.headers["Vary"] == "Accept, Origin"


def test_what_the_document_names_may_be_sent_and_read():
    api = json.loads(DOCUMENT.read_text())
    operations = [each for methods in api["paths"].values() for each in methods.values()]
    taken = [each for operation in operations for each in operation.get("parameters", ())]
    shared = api["components"].get("parameters", {})
    taken += [shared[each["$ref"].split("/")[-1]] for each in taken if "$ref" in each]
    sent = {each["name"] for each in taken if each.get("in") == "header"}
    assert {"Idempotency-Key", "Prefer"} <= sent
    assert preflight(SHOP, headers=", ".join(sorted(sent))).status_code == 200
    assert api["components"]["headers"].keys() <= readable()


def test_parts_of_photos_can_be_sent_and_parts_of_files_fetched():
    """tus 1.0, and RFC 9110, section 14."""
    sent = "Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, Content-Type, Range, If-Range"
    assert preflight(SHOP, headers=sent).status_code == 200
    tus = {
        "Location",
        "Tus-Resumable",
        "Tus-Version",
        "Tus-Extension",
        "Upload-Offset",
        "Upload-Length",
        "Upload-Expires",
    }
    assert tus | {"Content-Range", "Accept-Ranges", "ETag"} <= readable()


def readable() -> set[str]:
    answer = ask("GET", "/api/v1/jobs", Origin=SHOP)
    return set(answer.headers["Access-Control-Expose-Headers"].split(", "))


def test_cookies_are_never_allowed():
    for answer in (preflight(SHOP), ask("GET", "/api/v1/jobs", Origin=SHOP)):
        assert answer.headers["Access-Control-Allow-Origin"] == SHOP
        assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin", [OTHER, "null", "http://shop.example.org", f"{SHOP}:8443", f"{SHOP}.evil.org", SHOP.upper()]
)
def test_another_site_may_not(origin):
    assert preflight(origin).status_code == 400
    for answer in (preflight(origin), ask("GET", "/api/v1/jobs", Origin=origin)):
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_unlisted_methods_and_headers_are_refused():
    assert preflight(SHOP, method="TRACE").status_code == 400
    assert preflight(SHOP, headers="x-user-id").status_code == 400


def test_pages_are_not_shared_and_nothing_is_without_the_setting():
    assert "Access-Control-Allow-Origin" not in ask("GET", "/home/", Origin=SHOP).headers
    assert "Access-Control-Allow-Origin" in ask("GET", "/files/x/y.png", Origin=SHOP).headers
    assert share_with((), refuse) is refuse

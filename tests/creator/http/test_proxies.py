"""Which address, scheme and Host a request has behind 0, 1 and 2 proxies, honest and forged."""

import pytest

from creator.http.proxies import BehindProxies

NEAR = ("10.0.0.9", 4711)


async def seen(*headers: tuple[str, str], count: int, public_url: str = "", kind: str = "http"):
    """(address, scheme, Host) that the site sees of a request that a proxy at NEAR sends on."""
    found = {}

    async def app(scope, receive, send):
        found.update(scope)

    scope = {
        "type": kind,
        "scheme": {"http": "http", "websocket": "ws"}[kind],
        "client": NEAR,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    await BehindProxies(app, count=count, public_url=public_url)(scope, None, None)
    return found["client"][0], found["scheme"], dict(found["headers"]).get(b"host", b"").decode()


@pytest.mark.parametrize(
    ("count", "given", "address"),
    [
        (0, "6.6.6.6", NEAR[0]),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4,10.0.0.1", "1.2.3.4"),
        (2, "6.6.6.6", NEAR[0]),
        (3, "1.2.3.4, 10.0.0.1", NEAR[0]),
        (1, "", NEAR[0]),
        (1, " , ", NEAR[0]),
        (1, "6.6.6.6, 1.2.3.4:4711", "1.2.3.4"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
async def test_the_address_is_the_one_the_first_proxy_saw(count, given, address):
    assert (await seen(("X-Forwarded-For", given), count=count))[0] == address


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    "name",
    ["X-Forwarded-For", "X_Forwarded_For", "Forwarded", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP"],
)
async def test_no_header_that_claims_an_address_reaches_the_app(count, kind, name):
    found = []

    async def app(scope, receive, send):
        found.extend(scope["headers"])

    headers = [(name.lower().encode(), b"6.6.6.6, 7.7.7.7"), (b"accept", b"*/*")]
    scope = {"type": kind, "scheme": "http", "client": NEAR, "headers": headers}
    await BehindProxies(app, count=count)(scope, None, None)
    assert found == [(b"accept", b"*/*")]


async def test_a_header_may_come_in_several_lines():
    lines = [("X-Forwarded-For", each) for each in ("6.6.6.6", "1.2.3.4, 10.0.0.1")]
    assert (await seen(*lines, count=2))[0] == "1.2.3.4"


@pytest.mark.parametrize(
    ("count", "given", "scheme"),
    [
        (0, "https", "http"),
        (1, "https", "https"),
        (1, "HTTPS", "https"),
        (1, "https, http", "http"),
        (2, "https, http", "https"),
        (2, "https", "https"),
        (1, "gopher", "http"),
        (1, "", "http"),
    ],
)
async def test_the_scheme_is_that_of_the_first_proxy(count, given, scheme):
    assert (await seen(("X-Forwarded-Proto", given), count=count))[1] == scheme


async def test_a_socket_is_as_safe_as_its_page():
    assert (await seen(("X-Forwarded-Proto", "https"), count=1, kind="websocket"))[1] == "wss"


@pytest.mark.parametrize(
    ("host", "seen_as"),
    [
        ("creator.example", "creator.example:8443"),
        ("creator.example:8000", "creator.example:8443"),
        ("CREATOR.example", "creator.example:8443"),
        ("other.example", "other.example"),
        ("creator.example.evil.example", "creator.example.evil.example"),
        ("[", "["),
        ("", ""),
    ],
)
async def test_the_sites_own_name_gets_the_port_of_its_public_address(host, seen_as):
    assert (await seen(("Host", host), count=1, public_url="https://creator.example:8443"))[2] == seen_as


async def test_without_a_public_address_the_host_is_believed():
    assert (await seen(("Host", "creator.example:9"), count=1))[2] == "creator.example:9"

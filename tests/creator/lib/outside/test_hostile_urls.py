"""Addresses that lead inside: nothing connects. What is dialled by mistake reaches a listener that counts it."""

import io
from dataclasses import replace

import pytest

from creator.lib.outside import Away, Forbidden, fetch, post
from tests.creator.lib.outside.hostile import OUTSIDE, redirecting, world

NAMES = {
    "inside.example": ["10.0.0.5"],
    "loop.example": ["127.0.0.1"],
    "both.example": [OUTSIDE, "192.168.1.1"],
    "both6.example": [OUTSIDE, "fd00:ec2::254"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "metadata.google.internal": ["169.254.169.254"],
    "localhost": ["127.0.0.1"],
    "redis": ["10.0.0.6"],
}
LEADS_INSIDE = [
    "http://127.0.0.1:8188/",
    "http://127.8.9.10/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://168.63.129.16/machine",
    "http://192.0.0.192/latest/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250:1900/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::]/",
    "http://[::1]:8188/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::ffff:0:7f00:1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::a00:1]/",
    "http://[100::1]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "http://[2001:db8::1]/",
    "http://[2002:7f00:1::1]/",
    "http://[2a00:1450:4001::5efe:10.0.0.1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://[fc00::1]/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://inside.example/",
    "http://loop.example:8188/",
    "http://loop.example./",
    "http://both.example/",
    "https://both6.example/",
    "http://mapped.example/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://127。0。0。1/",
    "http://no-such.example/",
]
NOT_READ = [
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.1/",
    "http://127.0.0.1.1/",
    "http://0/",
    "http://localhost:8188/",
    "http://LOCALHOST./",
    "http://redis:6379/",
    "http://[fe80::1%25lo]/",
    "http://[::1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://%31%32%37.0.0.1/",
    "http://outside.example%2f@127.0.0.1/",
    "http://outside.example@127.0.0.1/",
    "http://outside.example:80@127.0.0.1/",
    "http://user:password@outside.example/",
    "http://outside.example\\@127.0.0.1/",
    "http://127.0.0.1\\.outside.example/",
    "http://outside.example\r\nHost: inside.example/",
    "http://outside.example/\r\n\r\nGET /inside HTTP/1.1",
    "http://outside.example\t/",
    "http://out side.example/",
    "http://outside.example\0.inside.example/",
    "http://outside.example:22/",
    "http://outside.example:25/",
    "http://outside.example:0/",
    "http://outside.example:65536/",
    "http://outside.example:-1/",
    "http://outside.example:80:81/",
    f"http://{'a' * 64}.example/",
    f"http://{'a.' * 130}example/",
    f"http://outside.example/{'a' * 3000}",
    "file:///etc/passwd",
    "file://outside.example/etc/passwd",
    "gopher://outside.example:6379/_FLUSHALL",
    "ftp://outside.example/photo.jpg",
    "dict://outside.example:11211/stat",
    "ldap://outside.example/",
    "jar:http://outside.example!/",
    "unix:///var/run/docker.sock",
    "data:image/png;base64,aGVsbG8=",
    "javascript:alert(1)",
    "//outside.example/photo.jpg",
    "outside.example/photo.jpg",
    "http:///photo.jpg",
    "http://",
    "http:outside.example",
    "",
]


@pytest.mark.parametrize("url", LEADS_INSIDE + NOT_READ)
def test_nothing_connects(url):
    with world(names=NAMES) as made:
        with pytest.raises(Forbidden) as refused:
            fetch(
                url,
                into=(file := io.BytesIO()),
                most_bytes=1000,
                seconds=5,
                redirects=3,
                network=made.network,
            )
        with pytest.raises(Forbidden):
            post(url, b"{}", {}, seconds=5, network=made.network)
        assert (made.dialled, made.inside.connections, made.outside.connections) == ([], 0, 0)
    assert file.getvalue() == b""
    assert str(refused.value).endswith(".")
    assert "10.0.0.5" not in str(refused.value)


@pytest.mark.parametrize(
    "url", [each for each in LEADS_INSIDE + NOT_READ if each.isascii() and each.isprintable()]
)
def test_no_redirect_leads_there(url):
    """Some of these are places on the same server when a redirect names them; those go round until it is enough."""
    with world(redirecting(url), names=NAMES) as made:
        with pytest.raises((Forbidden, Away)):
            fetch(
                "http://outside.example/",
                into=io.BytesIO(),
                most_bytes=1000,
                seconds=5,
                redirects=2,
                network=made.network,
            )
        assert set(made.dialled) == {OUTSIDE}
        assert made.inside.connections == 0


def test_an_answer_that_changes_between_look_and_connection_is_not_asked_for():
    """DNS rebinding: the second answer leads inside. The connection uses the first; another visit looks again."""
    with world(names=NAMES) as made:
        where = {"into": io.BytesIO(), "most_bytes": 1000, "seconds": 5, "network": made.network}
        fetch("http://rebound.example/", **where)
        assert (made.asked, made.dialled) == (["rebound.example."], [OUTSIDE])
        with pytest.raises(Forbidden):
            fetch("http://rebound.example/", **where)
        assert (made.outside.connections, made.inside.connections) == (1, 0)


def test_a_redirect_to_the_same_name_looks_again():
    with world(redirecting("/again"), names=NAMES) as made:
        with pytest.raises(Forbidden):
            fetch(
                "http://rebound.example/",
                into=io.BytesIO(),
                most_bytes=1000,
                seconds=5,
                redirects=5,
                network=made.network,
            )
        assert (made.outside.connections, made.inside.connections) == (1, 0)


def test_what_an_operator_allows_connects(settings):
    """The counter counts: the same address, allowed, reaches the listener inside."""
    with world(names=NAMES) as made:
        place = f"127.0.0.1:{made.inside.port}"
        settings.CONFIG = replace(settings.CONFIG, outside_allowed_hosts=(place,))
        fetch(
            f"http://{place}/", into=(file := io.BytesIO()), most_bytes=1000, seconds=5, network=made.network
        )
        assert (file.getvalue(), made.inside.connections) == (b"secret", 1)
        with pytest.raises(Forbidden):
            fetch("http://127.0.0.1:81/", into=file, most_bytes=1000, seconds=5, network=made.network)


def test_an_operator_may_refuse_more_networks(settings):
    settings.CONFIG = replace(settings.CONFIG, outside_refused_networks=("93.184.215.0/24",))
    with world() as made, pytest.raises(Forbidden):
        fetch("http://outside.example/", into=io.BytesIO(), most_bytes=9, seconds=5, network=made.network)
    assert made.dialled == []

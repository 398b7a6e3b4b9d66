"""A name of the machine itself is served to those who sit at it, and to nobody who comes from elsewhere."""

import pytest

from creator.http.hosts import is_led_here

OWN = [
    "localhost",
    "LOCALHOST:8000",
    "localhost.",
    "a.localhost",
    "127.0.0.1:8000",
    "127.1.2.3",
    "[::1]:8000",
]
ELSEWHERE = ["192.168.1.7", "10.0.0.5", "2001:db8::7", "::ffff:192.168.1.7", "fe80::1"]
HERE = ["127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1", ""]


@pytest.mark.parametrize("host", OWN)
def test_own_names_count_on_this_machine_only(host):
    assert [is_led_here(host, client) for client in ELSEWHERE] == [True] * len(ELSEWHERE)
    assert [is_led_here(host, client) for client in HERE] == [False] * len(HERE)


@pytest.mark.parametrize(
    "host", ["192.168.1.7:8000", "creator.example", "localhost.example", "", "[::1", "128.0.0.1"]
)
def test_other_names_are_checked_as_always(host):
    assert [is_led_here(host, client) for client in ELSEWHERE] == [False] * len(ELSEWHERE)


@pytest.mark.parametrize(
    ("host", "client_address", "status"),
    [
        ("127.0.0.1:8000", "192.168.1.7", 400),
        ("localhost", "192.168.1.7", 400),
        ("127.0.0.1:8000", "127.0.0.1", 200),
        ("192.168.1.9", "192.168.1.7", 200),
        ("192.168.1.9", "127.0.0.1", 200),
    ],
)
@pytest.mark.parametrize("path", ["/accounts/login/", "/presets/"])
def test_pages(client, db, settings, host, client_address, status, path):
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost", "192.168.1.9"]
    answer = client.get(path, headers={"Host": host, "Accept": "text/html"}, REMOTE_ADDR=client_address)
    assert answer.status_code == status
    assert ("works only on the machine" in answer.text) is (status == 400)


def test_programs_are_told_in_the_envelope(client, db, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    answer = client.get("/api/v1/presets", headers={"Host": "127.0.0.1"}, REMOTE_ADDR="192.168.1.7")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")


def test_a_probe_from_elsewhere_is_answered_under_any_name(client, db):
    assert client.get("/health", headers={"Host": "127.0.0.1"}, REMOTE_ADDR="192.168.1.7").status_code == 200

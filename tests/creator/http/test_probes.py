"""Load balancers ask by address; everything else is answered under the site's own names only."""

import pytest

from creator.http.probes import PATHS

HOSTS = ["10.0.0.5", "10.0.0.5:8000", "[fd00::5]:8000", "ip-10-0-0-5.internal", "", "no host!"]


@pytest.fixture
def production(settings):
    settings.ALLOWED_HOSTS = ["creator.example.org"]
    settings.SECURE_SSL_REDIRECT = True


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", HOSTS)
def test_a_probe_is_answered_under_any_host(client, db, production, path, host):
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code in ((200,) if path != "/ready" else (200, 503))
    assert "10.0.0.5" not in answer.text


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/api/v1/presets", "/health/", "/ready/x"])
@pytest.mark.parametrize("host", HOSTS[:4])
def test_nothing_else_is(client, db, production, path, host):
    assert client.get(path, headers={"Host": host}, secure=True).status_code == 400


def test_a_probe_of_any_name_of_the_site(client, settings):
    for names in (["*"], [".example.org"], ["creator.example.org"]):
        settings.ALLOWED_HOSTS = names
        assert client.get("/health", headers={"Host": "10.0.0.5"}).status_code == 200

"""Developers look at all mails; production has no such pages."""

from dataclasses import replace

import pytest

from accounts.notifications.kind import all_kinds
from creator.config import Environment

PAGES = ["/mail/", "/mail/reset/", "/mail/reset/light/"]


def test_every_mail_is_listed_and_shown(client, db):
    listed = client.get("/mail/").text
    for kind in all_kinds():
        assert f'href="/mail/{kind.name}/"' in listed
        assert client.get(f"/mail/{kind.name}/").status_code == 200


def test_a_mail_is_shown_in_light_and_dark_under_a_policy_of_its_own(client, db):
    light, dark = (client.get(f"/mail/reset/{scheme}/") for scheme in ("light", "dark"))
    assert ("@media all" in dark.text, "@media all" in light.text) == (True, False)
    assert "prefers-color-scheme" not in light.text + dark.text
    policy = dark["Content-Security-Policy"]
    assert "script-src" not in policy
    assert all(part in policy for part in ("default-src 'none'", "style-src 'unsafe-inline'", "sandbox"))
    assert "frame-src 'self'" in client.get("/mail/reset/")["Content-Security-Policy"]


def test_no_sample_gives_access(client, db):
    assert "/an/example/of/a/link/" in client.get("/mail/reset/light/").text


@pytest.mark.parametrize("address", ["/mail/no_such_kind/", "/mail/no_such_kind/light/", "/mail/reset/red/"])
def test_an_unknown_mail_is_not_found(client, db, address):
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_production_has_no_such_page(client, db, settings, address):
    settings.CONFIG = replace(settings.CONFIG, environment=Environment.PRODUCTION)
    assert client.get(address).status_code == 404

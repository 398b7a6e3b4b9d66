"""What a program shows and gets is in no log line and, in clear, in no column."""

import json
import logging

import pytest
from django.apps import apps

from tests.accounts.api.conftest import EMAIL, PASSWORD, bearer


def whole_database() -> str:
    rows = [list(model._base_manager.values()) for model in apps.get_models()]
    return json.dumps(
        rows,
        default=lambda value: bytes(value).decode("latin-1") if isinstance(value, memoryview) else str(value),
    )


@pytest.fixture
def lines(caplog):
    """All that was logged so far, by every logger."""
    caplog.set_level(logging.DEBUG)
    return lambda: "\n".join(str(record.__dict__) for record in caplog.records)


def test_no_line_and_no_column_has_a_token_or_a_password(call, person, totp, lines, capfd):
    wrong = "a-wrong-Password-7"
    shown = {PASSWORD, wrong}
    call("login", email=EMAIL, password=wrong)
    asked = call("login", email=EMAIL, password=PASSWORD).json()["error"]["details"]
    first = call("login/second-factor", login_token=asked["login_token"], code=totp()).json()
    second = call("refresh", refresh_token=first["refresh_token"]).json()
    third = call("refresh", refresh_token=second["refresh_token"]).json()
    shown |= {asked["login_token"]}
    shown |= {each[name] for each in (first, second, third) for name in ("access_token", "refresh_token")}
    call.client.get("/api/v1/jobs", headers=bearer(third))
    call("refresh", refresh_token=first["refresh_token"])
    call("logout", headers=bearer(third))
    logged, kept = lines() + "".join(capfd.readouterr()), whole_database()
    assert "token_reused" in logged
    assert EMAIL in kept
    assert [secret for secret in shown if secret in logged] == []
    assert [secret for secret in shown if secret in kept] == []

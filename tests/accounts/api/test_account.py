"""`/account`: the profile as programs read and change it. The profile page has the same rules."""

import pytest
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope


@pytest.fixture
def api(cast) -> Client:
    return Client(headers={"X-API-Key": make_api_key(owner=cast.owner, name="test", scopes=Scope)[1]})


def change(api: Client, **fields: object):
    return api.patch("/api/v1/account", fields, content_type="application/json")


def test_it_says_what_the_profile_page_says(api, cast):
    shown = api.get("/api/v1/account").json()
    assert (shown["id"], shown["email"]) == (str(cast.owner.id), cast.owner.shown_email)
    assert (shown["language"], shown["time_zone"], shown["keep_copyright"]) == ("en", "", True)


def test_only_the_fields_that_are_sent_change(api, cast):
    answer = change(api, name="  Ada   Lovelace ", language="PT-br", time_zone="Europe/Berlin")
    assert answer.status_code == 200
    assert change(api, keep_copyright=False).json() == answer.json() | {"keep_copyright": False}
    cast.owner.refresh_from_db()
    assert (cast.owner.name, cast.owner.language, cast.owner.time_zone) == (
        "Ada Lovelace",
        "pt-BR",
        "Europe/Berlin",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Mars/Olympus"),
        ("language", "not a tag"),
        ("theme", "pink"),
        ("name", "n" * 101),
        ("keep_copyright", "perhaps"),
        ("email", "other@example.org"),
        ("is_staff", True),
    ],
)
def test_a_wrong_or_unknown_field_is_named_and_changes_nothing(api, cast, field, value):
    answer = change(api, **{"name": "Changed", field: value})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], list(error["details"])) == (422, "invalid_parameters", [field])
    cast.owner.refresh_from_db()
    assert (cast.owner.name, cast.owner.is_staff) == ("", False)

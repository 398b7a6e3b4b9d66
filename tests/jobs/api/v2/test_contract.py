"""The door of `/api/v2`: codes of the contract also where no view of it answers, and no door at all when it is off."""

import os
import subprocess
import sys

import httpx2
import pytest
from comfy_low.errors import _BY_CODE
from comfy_low.models import ErrorEnvelope
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from creator.http.ways_on import TITLES
from jobs.api_v2.refusals import NAMES, STATUS_OF
from tests.house.tree import ROOT
from tests.jobs.api.conftest import program
from tests.jobs.api.v2.conftest import ASSETS, JOBS, code_of, graph_of
from tests.jobs.streaming.serving import served

pytestmark = pytest.mark.usefixtures("rings")


def test_our_codes_that_are_renamed_exist():
    assert set(NAMES) <= set(TITLES)


def test_every_code_that_the_sdk_knows_is_one_that_we_give():
    kept = {"queue_full", "insufficient_credits", "not_found"}
    assert set(_BY_CODE) == {*STATUS_OF, *NAMES.values(), *kept} & set(_BY_CODE)


def test_without_a_key_nothing_is_told(client, db):
    for address in (JOBS, f"{JOBS}/00000000-0000-4000-8000-000000000000", "/api/v2/workflows"):
        answer = client.get(address)
        assert code_of(answer) == (401, "unauthorized")
        ErrorEnvelope.model_validate(answer.json())


def test_a_key_comes_as_a_bearer_token(cast):
    _, secret = make_api_key(owner=cast.owner, name="test", scopes=[Scope.JOBS_READ])
    reader = Client(headers={"Authorization": f"Bearer {secret}"})
    assert reader.get(JOBS).status_code == 200
    refused = reader.post(JOBS, {"workflow": {}}, content_type="application/json")
    assert code_of(refused) == (403, "forbidden")


def test_a_file_with_a_wrong_key_is_refused_in_the_contracts_words(transactional_db, settings):
    """The door answers before a view is called."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    with served() as address:
        answer = httpx2.post(
            f"{address}{ASSETS}",
            files={"file": ("x.png", b"x" * 100)},
            headers={"Authorization": "Bearer none of ours"},
            trust_env=False,
        )
    assert code_of(answer) == (401, "unauthorized")


def test_a_plan_without_keys_is_forbidden(cast):
    secret = make_api_key(owner=cast.other, name="test", scopes=Scope)[1]
    from billing.models import Plan
    from creator.lib.ttl_cache import clear_all

    Plan.objects.update(features=[])
    clear_all()
    assert code_of(Client(headers={"X-API-Key": secret}).get(JOBS)) == (403, "forbidden")


def test_other_methods_and_addresses_are_refused_in_json(api):
    assert code_of(api.delete(JOBS)) == (405, "method_not_allowed")
    assert code_of(api.get("/api/v2/nothing")) == (404, "not_found")
    assert code_of(api.get(f"{JOBS}/no-uuid")) == (404, "not_found")
    assert code_of(api.post(JOBS, b"{", content_type="application/json")) == (400, "invalid_request")


def test_a_fault_of_ours_has_the_contracts_code_and_no_details(api, monkeypatch):
    monkeypatch.setattr("jobs.api_v2.jobs.list_jobs", lambda _user: 1 / 0)
    answer = api.get(JOBS)
    assert code_of(answer) == (500, "upstream_error")
    assert answer.json()["error"]["details"] == {}


def test_the_other_api_keeps_its_codes(client, db):
    assert code_of(client.get("/api/v1/jobs")) == (401, "not_authenticated")


def test_graphs_to_start_from_are_offered(api, slow):
    (line,) = api.get("/api/v2/workflows").json()["workflows"]
    assert (line["slug"], line["photo_input"], line["output_node"], line["price"]) == ("slow", None, "9", 3)
    assert api.get(line["url"]).json() == graph_of("slow")
    assert code_of(api.get("/api/v2/workflows/none")) == (404, "not_found")


def test_the_graph_of_a_photo_preset_says_where_the_photo_goes(api, presets):
    found = {line["slug"]: line["photo_input"] for line in api.get("/api/v2/workflows").json()["workflows"]}
    assert (found["cinematic"], found["text_to_image"]) == ("1.image", None)


def test_requests_of_both_apis_count_together(cast, slow):
    from billing.models import Plan

    Plan.objects.update(requests_per_minute=2)
    one = program(cast.owner)
    codes = [one.get(address).status_code for address in ("/api/v1/jobs", JOBS, JOBS)]
    assert codes == [200, 200, 429]


def test_it_can_be_switched_off(tmp_path):
    words = (
        "import django; django.setup(); from django.urls import resolve, Resolver404\n"
        "from creator.senders import sender_of\n"
        "def there(path):\n"
        "    try: resolve(path)\n"
        "    except Resolver404: return False\n"
        "    return True\n"
        "print(there('/api/v2/jobs'), there('/api/v1/jobs'), sender_of('/api/v2/assets') is not None)"
    )

    def told(setting: str) -> str:
        environment = os.environ | {
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "creator.settings",
            "COMFY_API": setting,
        }
        called = [sys.executable, "-c", words]
        return subprocess.run(
            called, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        ).stdout

    assert told("true").split() == ["True", "True", "True"]
    assert told("false").split() == ["False", "True", "False"]

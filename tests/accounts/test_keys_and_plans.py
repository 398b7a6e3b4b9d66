"""A plan without API keys neither makes nor uses them."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from accounts.api_keys import make_api_key, require_lately_permitted, require_permitted
from accounts.models import ApiKey
from billing.models import Plan
from billing.plans import change_plan, tell_of_edit
from creator.lib.errors import Refused
from creator.lib.ttl_cache import clear_all


@pytest.fixture
def plan_without_keys(db):
    free = Plan.objects.get(slug="free")
    Plan.objects.create(**{**vars_of(free), "slug": "bare", "title": "Bare", "features": ["drive"]})
    return "bare"


def vars_of(plan: Plan) -> dict:
    return {field.name: getattr(plan, field.name) for field in Plan._meta.concrete_fields}


def test_no_key_is_made(cast, plan_without_keys):
    change_plan(cast.owner, plan_without_keys)
    with pytest.raises(Refused) as refused:
        make_api_key(owner=cast.owner, name="test")
    assert (refused.value.code, refused.value.facts) == ("plan_required", {"feature": "api_keys"})
    assert refused.value.message == (
        "The Bare plan does not include API keys. Ask the people who run this site for the Free plan, which does."
    )
    assert not ApiKey.objects.exists()


def test_a_person_without_an_account_has_the_free_plan(cast, plan_without_keys):
    require_permitted(cast.stranger.pk)
    Plan.objects.filter(slug="free").update(features=[])
    with pytest.raises(Refused):
        require_permitted(cast.stranger.pk)


def test_a_yes_is_remembered_for_seconds_and_a_no_is_not(cast, plan_without_keys, django_assert_num_queries):
    require_lately_permitted(cast.owner.pk)
    with django_assert_num_queries(0):
        require_lately_permitted(cast.owner.pk)
    change_plan(cast.owner, plan_without_keys)
    clear_all()  # as after the seconds
    with pytest.raises(Refused):
        require_lately_permitted(cast.owner.pk)
    change_plan(cast.owner, "creator")
    require_lately_permitted(cast.owner.pk)


@pytest.mark.django_db(transaction=True)
def test_no_key_is_used_and_the_refusal_names_the_plan(cast, plan_without_keys):
    _, secret = make_api_key(owner=cast.owner, name="test")
    program = Client(headers={"X-API-Key": secret})
    assert program.get("/api/v1/jobs").status_code == 200
    change_plan(cast.owner, plan_without_keys)
    answers = [program.get(f"/api/v1/jobs{rest}") for rest in ("", f"/{uuid4()}/events")]
    assert [(each.status_code, each.json()["error"]["code"]) for each in answers] == [
        (403, "plan_required")
    ] * 2
    change_plan(cast.owner, "creator")
    assert program.get("/api/v1/jobs").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_keys_end_with_the_plan_s_feature_when_staff_take_it_away(cast):
    program = Client(headers={"X-API-Key": make_api_key(owner=cast.owner, name="test")[1]})
    assert program.get("/api/v1/jobs").status_code == 200
    Plan.objects.filter(slug="studio").update(features=["drive"])
    with transaction.atomic():
        tell_of_edit("studio")
    assert program.get("/api/v1/jobs").status_code == 403


def test_a_request_asks_for_the_plan_once_in_seconds(cast, django_assert_num_queries):
    _, secret = make_api_key(owner=cast.owner, name="test")
    program = Client(headers={"X-API-Key": secret})
    with django_assert_num_queries(4):  # the key, its plan, its use, the jobs
        program.get("/api/v1/jobs")
    with django_assert_num_queries(2):  # the key, the jobs
        program.get("/api/v1/jobs")

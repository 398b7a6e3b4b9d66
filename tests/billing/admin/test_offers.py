"""Staff edit plans and packs: checked, recorded, at once for all who have them; never deleted while in use."""

import pytest
from django.test import Client

from accounts.models import User
from billing.ledger import open_credit_account
from billing.models import CreditPack, Plan
from billing.plans import change_plan, limits_of
from billing.signals import plan_edited
from creator.platform.models import AuditLine

PLANS = "/admin/billing/plan/"
PACKS = "/admin/billing/creditpack/"
PACK = {
    "slug": "small",
    "title": "Small",
    "credits": 50,
    "lasts_days": 30,
    "price_cents": 300,
    "currency": "eur",
    "position": 3,
    "is_offered": "on",
}


@pytest.fixture
def heard():
    slugs = []

    def hear(slug, **_):
        slugs.append(slug)

    plan_edited.connect(hear)
    yield slugs
    plan_edited.disconnect(hear)


def lines() -> list[tuple]:
    return list(AuditLine.objects.order_by("pk").values_list("action", "subject", "details", "actor__email"))


def test_the_pages_show_what_each_number_means(pages):
    listed, form = pages.get(PLANS), pages.get(f"{PLANS}studio/change/")
    assert [title in listed.text for title in ("Free", "Creator", "Studio")] == [True] * 3
    for words in ("To the API in any minute", "Waiting at most; more are refused", "Largest photo file"):
        assert words in form.text
    assert 'name="slug"' not in form.text


def test_an_edit_counts_and_leaves_a_line_with_old_and_new(pages, plan_form, heard):
    answer = pages.post(f"{PLANS}free/change/", plan_form("free", queued_jobs=70, features=["drive"]))
    assert (answer.status_code, answer["Location"]) == (302, PLANS)
    plan = Plan.objects.get(pk="free")
    assert (plan.queued_jobs, plan.features, heard) == (70, ["drive"], ["free"])
    details = {"queued_jobs": [50, 70], "features": [["api_keys"], ["drive"]]}
    assert lines() == [("plan_edited", "plan:free", details, "boss@example.org")]


def test_a_form_sent_without_a_change_leaves_no_line(pages, plan_form, heard):
    pages.post(f"{PLANS}studio/change/", plan_form("studio"))
    assert (lines(), heard) == ([], [])


def test_the_slug_stays(pages, plan_form):
    pages.post(f"{PLANS}studio/change/", plan_form("studio", title="Atelier") | {"slug": "atelier"})
    assert list(Plan.objects.order_by("slug").values_list("slug", "title")) == [
        ("creator", "Creator"),
        ("free", "Free"),
        ("studio", "Atelier"),
    ]


@pytest.mark.parametrize(
    ("slug", "changes", "sentence"),
    [
        ("creator", {"currency": "EUR"}, "Write three small letters, such as eur."),
        ("creator", {"currency": "eu"}, "Write three small letters, such as eur."),
        ("creator", {"price_id": "prod_1"}, "The id of a price at Stripe begins with price_."),
        ("free", {"price_cents": 100}, "New accounts have the free plan, so it costs nothing."),
        (
            "creator",
            {"price_id": "price_1", "price_cents": 0, "trial_days": 0, "trial_credits": 0},
            "costs more than 0.",
        ),
        ("creator", {"trial_credits": 0}, "A trial has days and credits; without a trial both are 0."),
        ("creator", {"price_cents": 0}, "A plan that costs nothing has no trial."),
        ("creator", {"parallel_jobs": 0}, "Write 1 or more."),
        ("creator", {"retention_days": 0}, "Write 1 or more."),
        ("creator", {"share": 0}, "Write more than 0, and at most 1,000."),
        ("creator", {"share": "nan"}, "Enter a number."),
        ("creator", {"requests_per_hour": 5}, "Allow at least as many in an hour as in a minute."),
        ("creator", {"features": ["flying"]}, "flying is not one of the available choices."),
        ("creator", {"credits": -1}, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_mistake_is_told_and_changes_nothing(pages, plan_form, slug, changes, sentence):
    before = list(Plan.objects.order_by("pk").values())
    answer = pages.post(f"{PLANS}{slug}/change/", plan_form(slug, **changes))
    assert (answer.status_code, sentence in answer.text) == (200, True)
    assert (list(Plan.objects.order_by("pk").values()), lines()) == (before, [])


def test_a_plan_in_use_is_not_deleted_and_a_sentence_says_why(pages):
    for name in ("one", "two"):
        change_plan(User.objects.create_user(f"{name}@example.org"), "studio")
    answer = pages.post(f"{PLANS}studio/delete/", {"post": "yes"}, follow=True)
    assert "“Studio” is used by 2 credit accounts and cannot be deleted." in answer.text
    assert "take the tick from “is offered”" in answer.text
    assert Plan.objects.filter(pk="studio").exists()


def test_a_plan_that_nobody_has_is_deleted_with_a_line(pages):
    assert pages.post(f"{PLANS}studio/delete/", {"post": "yes"}).status_code == 302
    assert not Plan.objects.filter(pk="studio").exists()
    assert lines() == [("plan_deleted", "plan:studio", {}, "boss@example.org")]


def test_the_free_plan_is_never_deleted(pages):
    assert pages.post(f"{PLANS}free/delete/", {"post": "yes"}).status_code == 403
    assert Plan.objects.filter(pk="free").exists()


def test_several_plans_are_not_deleted_at_once(pages):
    form = {"action": "delete_selected", "_selected_action": ["studio", "creator"], "post": "yes"}
    pages.post(PLANS, form)
    assert Plan.objects.count() == 3


def test_a_new_plan_is_one_that_people_can_have(pages, plan_form, cast):
    form = plan_form("creator", title="Club") | {"slug": "club"}
    assert pages.post(f"{PLANS}add/", form).status_code == 302
    change_plan(cast.owner, "club")
    assert limits_of(cast.owner.pk).title == "Club"
    action, subject, details, _ = lines()[0]
    assert (action, subject, details["slug"]) == ("plan_added", "plan:club", "club")


def test_packs_are_added_edited_and_deleted_with_lines(pages):
    pages.post(f"{PACKS}add/", PACK)
    pages.post(f"{PACKS}small/change/", PACK | {"price_cents": 350})
    pages.post(f"{PACKS}small/delete/", {"post": "yes"})
    assert [line[0] for line in lines()] == ["creditpack_added", "creditpack_edited", "creditpack_deleted"]
    assert lines()[1][2] == {"price_cents": [300, 350]}
    assert not CreditPack.objects.filter(pk="small").exists()


@pytest.mark.parametrize("wrong", [{"credits": 0}, {"price_cents": 0}, {"lasts_days": 0}, {"currency": "€"}])
def test_a_pack_with_a_mistake_is_not_added(pages, wrong):
    assert pages.post(f"{PACKS}add/", PACK | wrong).status_code == 200
    assert not CreditPack.objects.filter(pk="small").exists()


def test_staff_without_the_permission_and_strangers_edit_nothing(looker: Client, client, plan_form, cast):
    open_credit_account(cast.owner)
    client.force_login(cast.owner)
    for browser in (looker, client):
        form = plan_form("free", queued_jobs=9)
        answers = [browser.post(f"{PLANS}free/{what}/", form) for what in ("change", "delete")]
        assert [each.status_code for each in answers] == [403, 403]
    assert Plan.objects.get(pk="free").queued_jobs == 50

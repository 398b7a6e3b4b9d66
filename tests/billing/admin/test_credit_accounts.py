"""Staff look at a person's credits, adjust them with a reason, and change the plan; each act leaves a line."""

import uuid

import pytest
from django.conf import settings
from django.utils import timezone

from billing.ledger import credit_account_of, find_drift
from billing.models import CreditAccount, Customer, LedgerEntry
from creator.platform.models import AuditLine

PAGES = "/admin/billing/creditaccount/"
REASON = "A picture came out blank"


@pytest.fixture
def address(account) -> str:
    return f"{PAGES}{account.pk}/"


def adjustment(amount, reason: str = REASON, key: uuid.UUID | None = None) -> dict:
    return {"amount": amount, "reason": reason, "key": key or uuid.uuid4()}


def available(owner) -> int:
    return credit_account_of(owner.pk).available


def lines() -> list[tuple]:
    return list(AuditLine.objects.values_list("action", "subject", "actor__email"))


def test_the_page_shows_balances_and_entries_and_changes_nothing_itself(pages, address, cast):
    page = pages.get(f"{address}change/").text
    assert "Adjust credits" in page
    assert "Change plan" in page
    assert "Monthly credits of the Free plan" in page
    assert "Credits that are left, in the order of use" in page
    assert "owner@example.org" in pages.get(f"{PAGES}?q=owner").text
    assert pages.post(f"{address}change/", {"available": 9}).status_code == 403
    assert pages.post(f"{address}delete/", {"post": "yes"}).status_code == 403
    assert available(cast.owner) == 50


@pytest.mark.parametrize(
    ("amount", "left", "said"), [(30, 80, "30 credits added."), (-1, 49, "1 credit taken.")]
)
def test_an_adjustment_is_an_entry_with_its_reason_and_a_line_with_its_actor(
    pages, address, account, cast, amount, left, said
):
    answer = pages.post(f"{address}adjust/", adjustment(amount), follow=True)
    assert (said in answer.text, available(cast.owner)) == (True, left)
    entry = LedgerEntry.objects.get(kind="adjust")
    assert (entry.amount, entry.source, entry.reason) == (amount, "staff", REASON)
    line = AuditLine.objects.get()
    assert (line.action, line.subject, line.actor.email) == (
        "credits_adjusted",
        f"account:{account.pk}",
        "boss@example.org",
    )
    assert (line.details["amount"], find_drift()) == (amount, [])


def test_a_form_that_is_sent_twice_adjusts_once(pages, address, cast):
    form = adjustment(30)
    pages.post(f"{address}adjust/", form)
    again = pages.post(f"{address}adjust/", form, follow=True)
    assert "made before" in again.text
    assert (available(cast.owner), AuditLine.objects.count()) == (80, 1)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (adjustment(30, ""), "This field is required."),
        (adjustment(30, "   "), "This field is required."),
        (adjustment(30, "x" * 201), "at most 200 characters"),
        (adjustment(0), "Write a number other than 0."),
        (adjustment("many"), "Enter a whole number."),
        (adjustment(10**12), "less than or equal to 10000000"),
        (adjustment(-51), "50 credits"),
    ],
)
def test_a_mistake_comes_back_with_a_sentence_and_adjusts_nothing(pages, address, cast, form, sentence):
    answer = pages.post(f"{address}adjust/", form)
    assert (answer.status_code, sentence in answer.text) == (200, True)
    assert (available(cast.owner), lines()) == (50, [])


def test_the_plan_is_changed_by_hand_and_the_credits_stay(pages, address, account, cast):
    answer = pages.post(f"{address}plan/", {"plan": "studio"}, follow=True)
    assert "The plan is Studio now." in answer.text
    account.refresh_from_db()
    assert (account.plan_id, account.available) == ("studio", 50)
    assert lines() == [("plan_changed", f"account:{account.pk}", "boss@example.org")]


@pytest.mark.parametrize("status", ["trial", "active", "past_due"])
def test_a_subscription_decides_the_plan(pages, address, account, make_subscription, status):
    since = timezone.now() if status == "past_due" else None
    make_subscription(account, status=status, past_due_since=since)
    answer = pages.post(f"{address}plan/", {"plan": "studio"})
    assert "This person pays for the Creator plan at Stripe" in answer.text
    assert (CreditAccount.objects.get(pk=account.pk).plan_id, lines()) == ("free", [])


def test_a_subscription_that_ended_decides_nothing(pages, address, account, make_subscription):
    make_subscription(account, status="ended")
    pages.post(f"{address}plan/", {"plan": "studio"})
    assert CreditAccount.objects.get(pk=account.pk).plan_id == "studio"


def test_a_subscription_of_stripes_other_mode_decides_nothing(pages, address, account, make_subscription):
    """No look follows it, so it would keep the plan for ever after the key has moved to live mode."""
    make_subscription(account, status="active")
    Customer.objects.update(is_live=not settings.CONFIG.stripe_is_live)
    pages.post(f"{address}plan/", {"plan": "studio"})
    assert CreditAccount.objects.get(pk=account.pk).plan_id == "studio"


def test_staff_who_may_only_look_change_nothing(looker, address, cast):
    page = looker.get(f"{address}change/")
    assert (page.status_code, "Adjust credits" in page.text) == (200, False)
    acts = (("adjust", adjustment(30)), ("plan", {"plan": "studio"}))
    assert [looker.post(f"{address}{act}/", form).status_code for act, form in acts] == [403, 403]
    assert (available(cast.owner), lines()) == (50, [])


def test_an_account_whose_person_was_erased_is_shown_and_left_alone(pages, address, account, cast):
    cast.owner.delete()
    page = pages.get(f"{address}change/")
    assert (page.status_code, "Adjust credits" in page.text) == (200, False)
    assert pages.post(f"{address}adjust/", adjustment(30)).status_code == 404
    assert CreditAccount.objects.get(pk=account.pk).available == 50

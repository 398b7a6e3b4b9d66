"""Programs read the numbers of the pricing page, and how things stand with their person's plan and credits."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import CreditAccount, CreditPack, Plan
from billing.plans.limits import MIB
from tests.billing.web.conftest import customer, selling, subscribe
from tests.conftest import cast
from tests.jobs.api.conftest import program

__all__ = ["cast", "customer", "selling", "subscribe"]


@pytest.fixture
def api(cast):
    """A program of the stranger."""
    return program(cast.stranger)


def test_plans_have_the_numbers_of_their_rows(api, selling):
    plan = Plan.objects.get(slug="creator")
    shown = {each["slug"]: each for each in api.get("/api/v1/plans").json()["plans"]}
    assert list(shown) == ["free", "creator", "studio"]
    creator = shown["creator"]
    assert (creator["price"], creator["currency"], creator["credits"]) == (1_900, "eur", 1_000)
    assert (creator["trial_days"], creator["trial_credits"]) == (14, 100)
    assert creator["limits"] == {
        "jobs_per_period": plan.jobs_per_period,
        "parallel_jobs": plan.parallel_jobs,
        "queued_jobs": plan.queued_jobs,
        "batch_files": plan.batch_files,
        "upload_bytes": plan.upload_mib * MIB,
        "megapixels": plan.megapixels,
        "requests_per_minute": plan.requests_per_minute,
        "requests_per_hour": plan.requests_per_hour,
        "submits_per_hour": plan.submits_per_hour,
        "uploads_per_hour": plan.uploads_per_hour,
        "cancels_per_hour": plan.cancels_per_hour,
        "retention_days": plan.retention_days,
    }


def test_packs_are_on_offer_only_where_somebody_sells(api, selling):
    answer = api.get("/api/v1/plans").json()
    assert (answer["sells"], [each["slug"] for each in answer["packs"]]) == (
        True,
        ["credits-500", "credits-2500"],
    )


def test_a_pack_without_a_price_at_stripe_is_not_for_sale(api, selling):
    CreditPack.objects.filter(pk="credits-500").update(price_id="")
    assert [each["slug"] for each in api.get("/api/v1/plans").json()["packs"]] == ["credits-2500"]


def test_an_installation_that_does_not_sell_says_so(api):
    answer = api.get("/api/v1/plans").json()
    assert (answer["sells"], answer["packs"], len(answer["plans"])) == (False, [], 3)


def test_a_free_account_has_its_month(api, cast):
    answer = api.get("/api/v1/billing").json()
    account = CreditAccount.objects.get(owner=cast.stranger)
    assert (answer["plan"], answer["standing"], answer["subscription"]) == ("free", "free", None)
    assert (answer["period"]["jobs"], answer["period"]["jobs_left"]) == (0, 50)
    assert answer["credits"]["available"] == sum(each["left"] for each in answer["credits"]["buckets"]) == 50
    assert account.period_ends_at.isoformat().replace("+00:00", "Z") == answer["period"]["ends_at"]


def test_a_subscription_is_described(api, subscribe):
    ends_at = timezone.now() + timedelta(days=3)
    subscribe(ends_at=ends_at)
    answer = api.get("/api/v1/billing").json()
    assert (answer["plan"], answer["standing"]) == ("creator", "ending")
    assert answer["subscription"]["status"] == "active"
    assert answer["subscription"]["ends_at"] == ends_at.isoformat().replace("+00:00", "Z")


def test_nothing_of_others_is_told(cast, subscribe):
    subscribe()
    assert program(cast.other).get("/api/v1/billing").json()["subscription"] is None

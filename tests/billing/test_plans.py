import pytest
from django.db import IntegrityError, transaction

from billing.enums import Feature
from billing.ledger import open_credit_account
from billing.models import Plan
from billing.plans import change_plan, limits_of, require_feature
from billing.plans.shipped import install_plans
from billing.signals import plan_changed
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from tests.billing.conftest import balances


@pytest.fixture
def heard():
    calls = []

    def hear(owner_id, limits, **_):
        calls.append((owner_id, limits.slug))

    plan_changed.connect(hear)
    yield calls
    plan_changed.disconnect(hear)


def test_three_plans_are_there_from_the_start(db):
    columns = (
        "slug",
        "credits",
        "parallel_jobs",
        "upload_mib",
        "megapixels",
        "batch_files",
        "retention_days",
    )
    assert list(Plan.objects.order_by("credits").values_list(*columns)) == [
        ("free", 50, 2, 10, 24, 50, 7),
        ("creator", 1000, 5, 40, 50, 50, 30),
        ("studio", 10000, 20, 40, 50, 50, 90),
    ]


def test_each_plan_limits_what_costs_storage_or_node_time(db):
    columns = (
        "slug",
        "uploads_per_hour",
        "submits_per_hour",
        "cancels_per_hour",
        "unused_photos",
        "unused_mib",
    )
    assert list(Plan.objects.order_by("credits").values_list(*columns)) == [
        ("free", 200, 100, 10, 200, 3_072),
        ("creator", 2_000, 1_000, 60, 1_000, 10_240),
        ("studio", 20_000, 10_000, 300, 5_000, 51_200),
    ]


def test_what_staff_changed_or_took_away_stays_so(db):
    Plan.objects.filter(slug="free").update(credits=7)
    Plan.objects.filter(slug="studio").delete()
    install_plans()
    assert list(Plan.objects.order_by("slug").values_list("slug", "credits")) == [
        ("creator", 1000),
        ("free", 7),
    ]


def test_limits_without_an_account_are_the_free_plans(cast):
    limits = limits_of(cast.owner.pk)
    assert (limits.slug, limits.parallel_jobs, limits.queued_jobs, limits.submits_per_hour) == (
        "free", 2, 50, 100,
    )  # fmt: skip
    assert (limits.upload_bytes, limits.megapixels) == (10 * 2**20, 24)
    assert limits.features == frozenset({"api_keys"})


def test_another_plan_has_other_limits_at_once_and_only_for_its_owner(cast, held, heard):
    open_credit_account(cast.other)
    changed = change_plan(cast.owner, "studio")
    assert (changed, changed.slug, changed.share) == (limits_of(cast.owner.pk), "studio", 4.0)
    assert limits_of(cast.other.pk).slug == "free"
    assert (balances(cast.owner), heard) == ((42, 8, 0), [(cast.owner.pk, "studio")])


def test_a_change_leaves_an_audit_line_with_both_plans_and_the_same_plan_none(cast, account):
    change_plan(cast.owner, "studio", actor_id=cast.other.pk)
    change_plan(cast.owner, "studio")
    (line,) = AuditLine.objects.filter(action="plan_changed")
    assert (line.subject, line.details, line.actor) == (
        f"account:{account.pk}",
        {"from": "free", "to": "studio"},
        cast.other,
    )


def test_an_unknown_plan_changes_nothing(cast, account, heard):
    with pytest.raises(Plan.DoesNotExist):
        change_plan(cast.owner, "golden")
    assert (limits_of(cast.owner.pk).slug, heard) == ("free", [])


def test_limits_are_read_in_one_query(account, cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        limits_of(cast.owner.pk)


def test_a_feature_that_the_plan_lacks_is_refused(cast):
    with pytest.raises(Refused) as refused:
        require_feature(cast.owner.pk, Feature.WEBHOOKS)
    assert (refused.value.code, refused.value.status) == ("plan_required", 403)
    assert refused.value.details == {"feature": "webhooks"}
    change_plan(cast.owner, "studio")
    assert require_feature(cast.owner.pk, Feature.WEBHOOKS) is None


@pytest.mark.parametrize("numbers", [{"share": 0}, {"parallel_jobs": 0}, {"credits": -1}])
def test_the_database_refuses_plans_that_run_nothing(db, numbers):
    with pytest.raises(IntegrityError), transaction.atomic():
        Plan.objects.filter(slug="free").update(**numbers)

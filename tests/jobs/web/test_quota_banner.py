"""Home, the page of new pictures and that of the plan say that a period is being used up, as long as it is true."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from billing.ledger import adjust, hold_credits, open_credit_account, set_caps
from billing.models import Plan
from jobs.models import Job
from tests.billing.credits import leave_credits
from tests.jobs.web.reading import squash

PASSWORD = "a long enough sentence"
PAGES = ("home", "new_job", "billing")


@pytest.fixture
def owner(client, cast):
    """A person of the free plan with its 50 credits, signed in."""
    client.force_login(cast.stranger)
    open_credit_account(cast.stranger)
    return cast.stranger


@transaction.atomic
def start(owner, jobs, price=1):
    amounts = {f"job:{timezone.now().timestamp()}:{number}": price for number in range(jobs)}
    hold_credits(owner_id=owner.pk, amounts=amounts, label="cinematic")


def banners(client):
    """What the banner of each page says; None without one."""
    html = [squash(client.get(reverse(name)).text) for name in PAGES]
    found = [each.partition('<div class="note warning">')[2].partition("</div></div>")[0] for each in html]
    return [each.partition("<b>")[2].partition("</b>")[0] or None for each in found]


def test_nothing_is_said_of_a_period_with_plenty_left(client, owner, able_node):
    assert banners(client) == [None] * 3
    start(owner, 39)
    assert banners(client) == [None] * 3


@pytest.mark.parametrize(
    ("jobs", "price", "words"),
    [
        (40, 1, "You have used 80 % of what your Free plan gives in this period."),
        (45, 1, "You can start 5 more pictures like your last one."),
        (24, 2, "You can start 1 more picture like your last one."),
        (12, 4, "You have too few credits for another picture like your last one."),
        (10, 5, "Your credits are used up."),
    ],
)
def test_each_level_is_said_on_every_page(client, owner, able_node, jobs, price, words):
    start(owner, jobs, price)
    assert banners(client) == [words] * 3


def test_the_jobs_of_the_plan_are_named_where_they_end_first(client, owner, able_node):
    Plan.objects.update(jobs_per_period=12)
    start(owner, 12)
    assert banners(client)[0] == "You have started all 12 pictures that your Free plan allows in this period."


def test_it_goes_when_credits_come_or_the_period_ends(client, owner, able_node, time_machine):
    start(owner, 45)
    with transaction.atomic():
        adjust(owner_id=owner.pk, amount=300, source="staff", source_id="1", reason="a gift")
    Plan.objects.update(jobs_per_period=1_000)
    assert banners(client) == [None] * 3
    leave_credits(owner.pk, 0)
    assert banners(client)[0] == "Your credits are used up."
    time_machine.move_to(timezone.now() + timedelta(days=32))
    client.force_login(owner)
    assert banners(client) == [None] * 3


@pytest.mark.parametrize("sells", [False, True])
def test_the_way_on_is_the_pricing_page_or_the_next_period(client, owner, able_node, settings, sells):
    settings.CONFIG = replace(settings.CONFIG, stripe="fake" if sells else "")
    start(owner, 45)
    html = squash(client.get(reverse("home")).text)
    assert "the next period begins, with 50 credits." in html
    assert ('<a class="btn" href="/pricing/">See the plans</a>' in html) is sells
    assert "Get more credits" not in html


def test_where_only_credits_are_low_the_way_on_is_to_more_of_them(client, owner, able_node, settings):
    settings.CONFIG = replace(settings.CONFIG, stripe="fake")
    start(owner, 24, 2)
    html = squash(client.get(reverse("home")).text)
    assert '<a class="btn" href="/pricing/">Get more credits</a>' in html


def test_a_refusal_by_a_cap_leads_to_the_caps(client, cast, make_upload, able_node):
    with transaction.atomic():
        set_caps(cast.owner, 0, {})
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    client.force_login(cast.owner)
    form = {"preset": "cinematic", "defaults": "1", "upload": [str(make_upload().pk)]}
    answer = client.post(reverse("new_job"), form, headers={"Accept": "text/html"})
    assert answer.status_code == 402
    assert '<a href="/billing/caps/">Change the cap</a>' in squash(answer.text)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/billing/caps/").status_code == 200
    client.post("/billing/caps/", {"own": "10"})
    assert client.post(reverse("new_job"), form).status_code == 302
    assert Job.objects.count() == 1

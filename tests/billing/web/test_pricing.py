"""The pricing page shows the numbers that the code enforces, to strangers too."""

import re
from dataclasses import replace

import pytest

from billing.models import Plan
from billing.plans import limits_of_plan
from tests.jobs.web.reading import squash

PAGE = "/pricing/"


def cells(html: str) -> dict[str, list[str]]:
    """The rows of its tables: heading → a cell for each plan."""
    rows = re.findall(r'<th scope="row" class="words">([^<]+)</th>(.*?)</tr>', html, re.DOTALL)
    return {title: re.findall(r"<td>([^<]*)</td>", row) for title, row in rows}


def test_every_number_is_that_of_the_plan(client, db):
    plans = Plan.objects.order_by("position")
    plans.filter(slug="studio").update(credits=12_345, jobs_per_period=6_789, queued_jobs=4_321)
    shown, limits = cells(client.get(PAGE).text), [limits_of_plan(plan) for plan in plans]
    assert {title: shown[title] for title in list(shown)[:10]} == {
        "Credits a month": [f"{plan.credits:,}" for plan in plans],
        "Pictures a month, at most": [f"{each.jobs_per_period:,}" for each in limits],
        "Pictures started an hour, at most": [f"{each.submits_per_hour:,}" for each in limits],
        "Pictures made at the same time": [f"{each.parallel_jobs:,}" for each in limits],
        "Pictures waiting, at most": [f"{each.queued_jobs:,}" for each in limits],
        "Size of a photo": [f"{each.upload_mib} MB" for each in limits],
        "Resolution of a photo": [f"{each.megapixels} MP" for each in limits],
        "Photos at once": [f"{each.batch_files}" for each in limits],
        "Pictures are kept for": [f"{each.retention_days} days" for each in limits],
        "Requests of programs a minute": [f"{each.requests_per_minute:,}" for each in limits],
    }
    assert (shown["Google Drive"], shown["Webhooks"]) == (["No", "Yes", "Yes"], ["No", "No", "Yes"])


def test_the_installation_may_allow_less_than_the_plan(client, db, settings):
    settings.CONFIG = replace(settings.CONFIG, max_upload_mib=20)
    assert cells(client.get(PAGE).text)["Size of a photo"] == ["10 MB", "20 MB", "20 MB"]


def test_it_says_what_the_credits_buy_of_each_preset(client, able_node):
    shown = cells(client.get(PAGE).text)
    assert shown["Portrait Pro, 2 credits each"] == ["25", "500", "5,000"]
    assert shown["Cinematic, 1 credit each"] == ["50", "1,000", "10,000"]


def test_what_no_node_can_make_is_not_promised(client, able_node):
    assert [title for title in cells(client.get(PAGE).text) if "Text to Image" in title] == []


def test_pictures_are_not_more_than_the_jobs_of_the_plan(client, able_node):
    Plan.objects.filter(slug="free").update(jobs_per_period=10)
    assert cells(client.get(PAGE).text)["Cinematic, 1 credit each"][0] == "10"


def test_the_own_plan_is_marked(client, cast):
    client.force_login(cast.owner)
    html = squash(client.get(PAGE).text)
    assert re.findall(r"<h3>(\w+)</h3><span class=\"pill ok\">Your plan</span>", html) == ["Studio"]


def test_strangers_have_no_plan(client, db):
    assert "Your plan" not in client.get(PAGE).text


def test_a_plan_that_is_not_offered_is_not_shown(client, db):
    Plan.objects.filter(slug="studio").update(is_offered=False)
    assert "Studio" not in client.get(PAGE).text


def test_an_installation_that_does_not_sell_says_so_and_has_no_price_and_no_button(client, cast):
    client.force_login(cast.stranger)
    main = re.search(r"<main.*</main>", client.get(PAGE).text, re.DOTALL)[0]
    assert "does not sell plans or credits" in main
    assert ("€" in main, "<button" in main, "<form" in main) == (False, False, False)


@pytest.mark.parametrize(("who", "queries"), [("", 3), ("owner", 7)])
def test_its_queries_are_few(client, cast, able_node, django_assert_num_queries, who, queries):
    if who:
        client.force_login(getattr(cast, who))
    client.get(PAGE)
    with django_assert_num_queries(queries):
        client.get(PAGE)

"""Job lists: filters, paging, and a number of queries that does not grow with the rows."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.jobs.lifecycle import rows
from tests.jobs.web.reading import squash

STATES = ["queued", "processing", "completed", "failed", "cancelled"]


def count_queries(client, address: str) -> int:
    cache.clear()
    client.get(reverse("account_security"))  # notes the use of the session, once a minute
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize(("name", "most"), [("home", 19), ("jobs", 9)])
def test_fifty_jobs_take_as_many_queries_as_five(client, cast, able_node, make_job, name, most):
    client.force_login(cast.owner)
    for status in STATES:
        make_job(status)
    client.get(reverse(name))  # brings the credits of the month, once
    rows.let_caches_expire()
    few = count_queries(client, reverse(name))
    for status in STATES * 9:
        make_job(status, slug="mono_film")
    rows.let_caches_expire()
    assert count_queries(client, reverse(name)) == few
    assert few <= most


def test_the_gallery_shows_24_a_page_and_keeps_the_filters_in_its_links(client, cast, make_job):
    client.force_login(cast.owner)
    for _ in range(25):
        make_job("completed")
    first = squash(client.get(reverse("jobs"), {"status": "completed"}).text)
    second = squash(client.get(reverse("jobs"), {"status": "completed", "page": 2}).text)
    assert (first.count('<li><div class="pic">'), second.count('<li><div class="pic">')) == (24, 1)
    assert 'rel="next" href="?status=completed&amp;page=2"' in first


def test_filters_narrow_and_others_jobs_are_never_among_them(client, cast, make_job):
    client.force_login(cast.owner)
    wanted = make_job("failed", name="harbour.jpg", slug="mono_film")
    others = [make_job("completed", name="harbour.jpg"), make_job("failed", name="hill.jpg")]
    others += [make_job("failed", name="harbour.jpg", owner=cast.other, slug="mono_film")]
    html = client.get(reverse("jobs"), {"status": "failed", "preset": "mono_film", "q": "HARB"}).text
    assert (str(wanted.id) in html, [str(job.id) in html for job in others]) == (True, [False] * 3)


def test_no_match_offers_to_clear_and_no_jobs_offers_to_start(client, cast, make_job):
    client.force_login(cast.owner)
    assert "No jobs yet" in client.get(reverse("jobs")).text
    make_job()
    assert "No matches" in client.get(reverse("jobs"), {"q": "nothing like it"}).text


def test_home_of_somebody_new_shows_three_steps_and_after_the_first_job_no_more(
    client, cast, able_node, make_job
):
    client.force_login(cast.owner)
    assert "Get set up" in client.get(reverse("home")).text
    make_job("failed")
    assert "Get set up" not in client.get(reverse("home")).text


def test_home_shows_live_rows_with_a_way_to_cancel_each(client, cast, able_node, make_job):
    client.force_login(cast.owner)
    job = make_job("processing")
    html = squash(client.get(reverse("home")).text)
    assert ('<live-region src="/ws/me">' in html, f'id="row-{job.id}"' in html) == (True, True)
    assert f'href="/jobs/{job.id}/cancel/" aria-label="Cancel fig.jpg"' in html


def test_home_puts_what_is_running_above_the_drop_panel(client, cast, able_node, make_job):
    """The list is there even if it is empty: a job of another tab or program appears in it."""
    client.force_login(cast.owner)
    for status in ("completed", "processing"):
        make_job(status)
        html = client.get(reverse("home")).text
        parts = re.findall('<(live-region|upload-zone|ul class="\\w+" id="live-\\w+")', html)
        assert parts == [
            "live-region",
            'ul class="jobs" id="live-open"',
            "upload-zone",
            'ul class="gallery" id="live-recent"',
        ]


def test_words_longer_than_any_name_are_searched_for_like_others(client, cast, make_job):
    client.force_login(cast.owner)
    make_job("completed")
    answer = client.get(reverse("jobs"), {"q": "a" * 60_000})
    assert (answer.status_code, len(answer.context["asked"]["q"])) == (200, 255)

"""What the sockets send: whole elements with the ids of those they replace, rendered without a request."""

import re

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from jobs.streaming.home import Entry
from jobs.streaming.snapshot import snapshot_of

STATES = ["queued", "processing", "completed", "failed", "cancelled"]
WORDS = {
    "queued": "Queued",
    "processing": "Rendering",
    "completed": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}


def top_ids(html: str) -> list[str]:
    return re.findall(r'id="((?:live|row)-[^"]+)"', html)


@pytest.mark.parametrize("status", STATES)
def test_the_live_part_has_a_twin_for_each_element_of_the_page(client, cast, make_job, status):
    job = make_job(status)
    html = render_to_string("jobs/_live.html", {"job": job, "now": snapshot_of(job)})
    assert top_ids(html) == ["live-hud", "live-picture", "live-steps"]
    assert (" data-reload" in html) == job.is_final
    assert len(html.encode()) <= 4096
    if not job.is_final:
        client.force_login(cast.owner)
        page = client.get(reverse("job", args=[job.id])).text
        assert sorted(top_ids(page)) == sorted(top_ids(html))


@pytest.mark.parametrize("status", STATES)
def test_a_row_says_its_state_in_the_words_of_the_pages(make_job, status):
    job = make_job(status)
    html = render_to_string("jobs/_live_row.html", {"job": job, "now": snapshot_of(job)})
    assert top_ids(html) == [f"row-{job.id}"]
    assert re.search(r'<span class="pill \w*">(\w+)</span>', html)[1] == WORDS[status]
    assert (" data-final" in html, "<progress" in html) == (job.is_final, status == "processing")
    assert len(html.encode()) <= 4096


def test_the_cancel_link_stands_outside_of_what_is_swapped(make_job):
    job = make_job("processing")
    html = render_to_string("jobs/_open_item.html", {"entry": Entry(job=job, now=snapshot_of(job))})
    swapped = render_to_string("jobs/_live_row.html", {"job": job, "now": snapshot_of(job)})
    assert (f"/jobs/{job.id}/cancel/" in html, f"/jobs/{job.id}/cancel/" in swapped) == (True, False)

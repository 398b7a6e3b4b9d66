"""A job's page tells what happened to its credits, in sentences."""

import re

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.ledger import hold_credits, release, settle
from jobs.lifecycle.credits import reference_of
from tests.jobs.web.reading import squash


def lines_on(client, job) -> list[str]:
    """The sentences about credits on the job's page."""
    client.force_login(job.owner)
    html = squash(client.get(reverse("job", args=[job.id])).text)
    return re.findall("<b>(.*?)</b>", html.partition('id="h-credits"')[2].partition("</section>")[0])


@transaction.atomic
def hold(job) -> str:
    reference = reference_of(job.id)
    hold_credits(owner_id=job.owner_id, amounts={reference: job.price}, label="cinematic")
    return reference


@pytest.mark.parametrize(
    ("status", "close", "ending"),
    [
        ("completed", settle, "4 credits charged when it was done"),
        ("failed", release, "4 credits returned: nothing was charged"),
        ("cancelled", release, "4 credits returned: nothing was charged"),
    ],
)
def test_a_job_tells_what_became_of_its_credits(client, make_job, status, close, ending):
    job = make_job(status, price=4)
    with transaction.atomic():
        close(hold(job))
    assert lines_on(client, job) == [
        "4 credits quoted for this picture",
        "4 credits held when you started it",
        ending,
    ]


def test_the_page_reads_the_ledger_once(client, make_job):
    job = make_job("completed", price=4)
    with transaction.atomic():
        settle(hold(job))
    client.force_login(job.owner)
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse("job", args=[job.id]))
    assert len([each for each in asked.captured_queries if "ledgerentry" in each["sql"]]) == 1


def test_an_open_job_tells_what_is_held(client, make_job):
    job = make_job("processing", price=1)
    hold(job)
    assert lines_on(client, job) == ["1 credit quoted for this picture", "1 credit held when you started it"]


def test_a_free_job_says_so(client, make_job):
    job = make_job("completed", price=0)
    with transaction.atomic():
        settle(hold(job))
    assert lines_on(client, job) == ["Free: no credits needed", "No credits held", "Nothing charged"]

"""Staff see at once what waits, runs, failed and is late; the page costs few statements, once for all who look."""

import re
from datetime import timedelta
from html import unescape

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from creator.operations import figures
from creator.operations.chart import HEIGHT, draw_hours
from creator.platform.models import Delivery
from jobs.models import HourRollup, Job, UserQueue
from jobs.rollups import Hour
from jobs.rollups.counting import hour_of
from tests.jobs.lifecycle import rows

PAGE = "/admin/operations/"


@pytest.fixture
def all_works(monkeypatch):
    monkeypatch.setattr(figures, "find_missing", list)


@pytest.fixture
def staff(client, cast, all_works):
    EmailAddress.objects.create(user=cast.staff, email=cast.staff.email, verified=True, primary=True)
    cast.staff.is_superuser = True
    cast.staff.save()
    client.force_login(cast.staff)
    return client


def words_of(client):
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_an_idle_site_says_so(staff):
    page = words_of(staff)
    assert "All parts work." in page
    assert "There are no nodes." in page
    assert "Everything is handed on." in page
    assert "Every periodic task runs in time." in page


def test_parts_that_fail_are_named(staff, monkeypatch):
    monkeypatch.setattr(figures, "find_missing", lambda: ["broker", "cache"])
    assert "Does not work: broker, cache." in words_of(staff)


def test_the_queue_is_told_by_plan(staff, cast):
    offered = rows.slow_preset()
    for _ in range(2):
        rows.submit_one(cast.owner, offered)
    plan = cast.owner.credit_account.plan_id
    oldest = Job.objects.order_by("created_at").first()
    [line] = figures.read_figures().lines
    assert (line.plan, line.waiting, line.running, line.oldest_at) == (plan, 2, 0, oldest.created_at)
    assert f"{plan} 2 0" in words_of(staff)


def test_hours_waits_and_reasons_come_from_the_rollups(staff, cast):
    hour = hour_of(timezone.now())
    for status, reason, jobs in (("completed", "", 3), ("failed", "node_error", 1)):
        HourRollup.objects.create(
            hour=hour,
            preset="slow",
            plan="pro",
            status=status,
            reason=reason,
            jobs=jobs,
            waits=[0, jobs] + [0] * 6,
        )
    page = words_of(staff)
    assert "pro 0 0 – 4.8 s" in page
    assert "Why jobs failed node_error 1" in page
    assert re.search(r"\b3 1 0\b", page)


def test_what_is_not_handed_on_is_counted_by_kind(staff):
    for number, fields in enumerate(({}, {"attempts": 2}, {"dead_at": timezone.now()})):
        Delivery.objects.create(kind="mail", destination="a@example.org", event_id=str(number), **fields)
    Delivery.objects.create(kind="mail", destination="a@example.org", event_id="done", done_at=timezone.now())
    assert re.search(r"mail 2 1 1 ", words_of(staff))


def test_a_periodic_task_that_does_not_run_is_named(staff):
    every = IntervalSchedule.objects.create(every=1, period="seconds")
    task = PeriodicTask.objects.create(name="gallery.poll", task="gallery.poll", interval=every)
    PeriodicTask.objects.update(last_run_at=timezone.now())
    PeriodicTask.objects.filter(pk=task.pk).update(last_run_at=timezone.now() - timedelta(minutes=10))
    assert "gallery.poll last began" in words_of(staff)
    PeriodicTask.objects.filter(pk=task.pk).update(enabled=False)
    figures._figures.clear()
    assert "Every periodic task runs in time." in words_of(staff)


def test_it_costs_few_statements_whatever_waits(staff, cast, django_assert_max_num_queries):
    offered = rows.slow_preset()
    for owner in (cast.owner, cast.other):
        rows.submit_one(owner, offered)
    rows.make_node("a")
    rows.make_node("b")
    with django_assert_max_num_queries(10):
        figures.read_figures()
    with django_assert_max_num_queries(0):
        figures.read_figures()
    assert UserQueue.objects.filter(queued__gt=0).count() == 2


def test_failed_jobs_stand_upon_finished_ones():
    start = hour_of(timezone.now())
    empty, full = Hour(start), Hour(start)
    full.ended.update(completed=3, failed=1)
    chart = draw_hours([empty, full])
    assert [(bar.kind, bar.height, bar.y) for bar in chart.bars] == [
        ("done", 0.75 * HEIGHT, 0.25 * HEIGHT),
        ("failed", 0.25 * HEIGHT, 0.0),
    ]
    assert draw_hours([empty]).bars == []


def test_the_first_page_of_staff_leads_to_it(staff):
    assert f'href="{PAGE}"' in staff.get("/admin/").text


@pytest.mark.parametrize("who", ["owner", "nobody"])
def test_it_is_for_staff(client, cast, all_works, who):
    if who == "owner":
        client.force_login(cast.owner)
    assert client.get(PAGE).status_code == (403 if who == "owner" else 302)
    assert client.post(PAGE).status_code in (302, 403)

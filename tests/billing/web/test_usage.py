"""The usage page and its file: what a person reads of their own credits, and nothing of another person's."""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from asgiref.sync import async_to_sync
from django.http import StreamingHttpResponse

from billing.enums import HoldState

PAGE, FILE = "/billing/usage/", "/billing/usage.csv"
JANUARY = "?from=2027-01-01&to=2027-01-31"


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2027, 1, day, hour, tzinfo=UTC)


@pytest.fixture
def owner(client, cast):
    client.force_login(cast.owner)
    return cast.owner


@pytest.fixture
def january(owner, presets, end_job, cast):
    end_job(at(2), "cinematic", 3)
    end_job(at(2), "cinematic", 3)
    end_job(at(3), "mono_film", 2)
    end_job(at(3), "mono_film", 2, state=HoldState.RELEASED)
    end_job(at(4), "portrait_pro", 999, owner=cast.other)


def rows_of(html: str, table: int) -> list[list[str]]:
    """The texts of a table's rows, its heading included."""
    found = re.findall(r"<table.*?</table>", html, re.DOTALL)[table]
    return [re.findall(r"<t[hd][^>]*>([^<]*)<", row) for row in re.findall(r"<tr>.*?</tr>", found, re.DOTALL)]


async def collect(answer: StreamingHttpResponse) -> list[bytes]:
    return [chunk async for chunk in answer.streaming_content]


def read_file(answer: StreamingHttpResponse) -> list[list[str]]:
    content = b"".join(async_to_sync(collect)(answer)).decode("utf-8-sig")
    return list(csv.reader(StringIO(content)))


def test_tables_have_each_day_and_preset_with_totals(client, january):
    html = client.get(PAGE + JANUARY).text
    assert rows_of(html, 0) == [
        ["Day", "Preset", "Pictures", "Used", "Returned"],
        ["3 Jan 2027", "Mono Film", "1", "2", "2"],
        ["2 Jan 2027", "Cinematic", "2", "6", "0"],
    ]
    assert rows_of(html, 1) == [
        ["Preset", "Pictures", "Used", "Returned"],
        ["Cinematic", "2", "6", "0"],
        ["Mono Film", "1", "2", "2"],
        ["Total", "3", "8", "2"],
    ]


def test_the_picture_names_itself_and_leads_to_its_table(client, january):
    html = client.get(PAGE + JANUARY).text
    (chart,) = re.findall(r'<svg class="chart".*?</svg>', html, re.DOTALL)
    assert 'role="img" aria-labelledby="chart-title" aria-describedby="chart-table"' in chart
    assert re.search(r'<h2 id="chart-title">Credits used, 1 January 2027 to 31 January 2027</h2>', html)
    assert re.search(r'<details id="chart-table">\s*<summary>', html)
    assert re.findall(r"<title>([^<]*)</title>", chart) == [
        "2 January: Cinematic, 6 credits",
        "3 January: Mono Film, 2 credits",
    ]


def test_a_year_needs_as_many_queries_as_a_day(client, owner, presets, end_job, django_assert_num_queries):
    first = datetime(2026, 1, 1, tzinfo=UTC)
    end_job(first)
    client.get(PAGE)  # the first request of a session also writes where it comes from
    for weeks in (1, 52):
        with django_assert_num_queries(4):
            html = client.get(f"{PAGE}?from=2026-01-01&to=2026-12-31").text
        assert len(rows_of(html, 0)) == 1 + weeks
        for week in range(1, 52):
            end_job(first + timedelta(weeks=week), "cinematic" if week % 2 else "mono_film")


def test_nothing_used_says_so_and_leads_on(client, owner):
    html = client.get(PAGE).text
    assert "Nothing used in this time" in html
    assert 'href="/new/"' in html
    assert '<svg class="chart"' not in html


def test_days_are_those_of_the_persons_zone(client, owner, presets, end_job):
    owner.time_zone = "Pacific/Kiritimati"
    owner.save(update_fields=["time_zone"])
    end_job(at(2, 11))
    html = client.get(PAGE + JANUARY).text
    assert "Days in the time zone Pacific/Kiritimati" in html
    assert rows_of(html, 0)[1][0] == "3 Jan 2027"


@time_machine.travel(datetime(2027, 2, 10, 12, tzinfo=UTC), tick=False)
def test_times_to_choose_are_links_that_mark_themselves(client, cast, january):
    client.force_login(cast.owner)  # the session of the fixture is not from this time
    html = client.get(f"{PAGE}?show=last_month").text
    assert '<a href="?show=last_month" aria-current="page">Last month</a>' in html
    assert rows_of(html, 1)[-1] == ["Total", "3", "8", "2"]
    assert f'href="{FILE}?show=last_month"' in html
    assert "Nothing used in this time" in client.get(f"{PAGE}?show=month").text


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("?from=2027-01-31&to=2027-01-01", "to", "The last day is before the first one."),
        ("?from=2026-01-01&to=2027-01-31", "to", "These are 396 days. Choose at most 366 at once."),
        ("?from=0001-01-01&to=9999-12-31", "from", "Choose a day from 2000 to 2100."),
        ("?from=2027-02-30&to=2027-03-01", "from", "Enter a day, such as 2026-11-28."),
        ("?from=x&to=2027-03-01", "from", "Enter a day, such as 2026-11-28."),
        ("?from=2027-03-01", "to", "Enter a day, such as 2026-11-28."),
        ("?to=" + "9" * 5000, "to", "Enter a day, such as 2026-11-28."),
        ("?from=2027-01-01&to=2027-01-02%00", "to", "Enter a day, such as 2026-11-28."),
    ],
)
def test_a_mistake_in_the_days_is_named_at_its_field_and_in_the_file(client, owner, query, field, sentence):
    answer = client.get(PAGE + query)
    assert answer.status_code in (422, 400)
    if answer.status_code == 422:
        assert re.search(f'aria-describedby="{field}-error"', answer.text)
        assert f'id="{field}-error">{sentence}</small>' in answer.text
        refused = client.get(FILE + query, headers={"Accept": "application/json"})
        assert refused.status_code == 422
        assert refused.json()["error"]["details"][field] == sentence


def test_an_unknown_time_shows_the_usual_one(client, owner):
    assert client.get(f"{PAGE}?show=everything").status_code == 200


def test_the_file_has_a_line_for_each_day_and_preset(client, january):
    answer = client.get(FILE + JANUARY)
    assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer["Content-Disposition"] == 'attachment; filename="creator-usage-2027-01-01-2027-01-31.csv"'
    assert "private" in answer["Cache-Control"]
    assert read_file(answer) == [
        ["Day", "Preset", "Title", "Pictures", "Credits used", "Credits returned"],
        ["2027-01-02", "cinematic", "Cinematic", "2", "6", "0"],
        ["2027-01-03", "mono_film", "Mono Film", "1", "2", "2"],
    ]


def test_no_cell_of_the_file_is_a_formula(client, owner, end_job):
    end_job(at(2), "=1+1")
    assert read_file(client.get(FILE + JANUARY))[1][1:3] == ["'=1+1", "'=1+1"]


def test_titles_are_text_on_the_page(client, owner, end_job):
    end_job(at(2), "<script>alert(1)</script>")
    html = client.get(PAGE + JANUARY).text
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


@pytest.mark.parametrize("address", [PAGE, FILE])
def test_strangers_are_sent_to_sign_in_and_posts_are_refused(client, cast, address):
    assert client.get(address).status_code == 302
    client.force_login(cast.owner)
    assert client.post(address).status_code == 405

"""Durations, ordinals and counts as text."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from django.utils import timezone as timezones

from creator.lib import formatting as page_words
from creator.web import template_tags
from jobs.templatetags import job_tags
from tests.jobs.web.test_house_rules import TEMPLATES


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "under 0.1 s"),
        (0.74, "0.7 s"),
        (9.96, "10.0 s"),
        (48.2, "48 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3780, "1 h 3 min"),
    ],
)
def test_duration(seconds, words):
    assert page_words.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "about 5 s"), (41, "about 40 s"), (43, "about 45 s"), (90, "about 2 min"), (600, "about 10 min")],
)
def test_an_estimate_is_never_finer_than_five_seconds(seconds, words):
    assert page_words.about(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (21, "21st"),
        (112, "112th"),
        (1003, "1,003rd"),
    ],
)
def test_ordinal(number, words):
    assert page_words.ordinal(number) == words


@pytest.mark.parametrize(("number", "words"), [(0, "0 credits"), (1, "1 credit"), (1200, "1,200 credits")])
def test_count(number, words):
    assert page_words.count(number, "credit") == words


def test_a_preset_without_pictures_has_no_address():
    assert job_tags.preset_picture("imported", "after") == ""
    assert job_tags.preset_picture("cinematic", "after") == "/static/presets/cinematic/after.webp"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("day", "3 November 2026 UTC"),
        ("minute", "3 Nov 2026, 09:05 UTC"),
        ("short", "3 Nov, 09:05 UTC"),
        ("clock", "09:05:07 UTC"),
    ],
)
@pytest.mark.parametrize("hours", [0, -8, 5.5])
def test_a_time_says_its_zone(form, words, hours):
    at = datetime(2026, 11, 3, 9, 5, 7, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert page_words.moment(at, form) == words
    assert template_tags.moment(at, form) == (
        f'<local-time data-form="{form}"><time datetime="{at.isoformat()}" '
        f'title="3 November 2026, 09:05:07 UTC">{words}</time></local-time>'
    )


@pytest.mark.parametrize(
    ("zone", "name"),
    [("Europe/Berlin", "CET"), ("America/Sao_Paulo", "UTC-03"), ("Asia/Kathmandu", "UTC+05:45")],
)
def test_a_time_names_the_chosen_zone(zone, name):
    at = datetime(2026, 11, 3, 9, 5, 7, tzinfo=UTC)
    with timezones.override(zone):
        assert page_words.moment(at, "clock").split(" ")[1] == name


def test_no_template_shows_a_time_without_its_zone():
    assert [path for path in TEMPLATES if re.search(r"\|(date|time)\b|<time\b", path.read_text())] == []


def test_the_script_knows_every_form():
    script = Path("static/js/local-time.js").read_text()
    forms = re.search(r"const FORMS = \{(.*)\};", script)[1]
    assert set(re.findall(r"(\w+): [{A-Z]", forms)) == page_words.MOMENTS.keys() - {"whole"}

"""Durations, ordinals and counts as text."""

import pytest

from creator.lib import formatting as page_words
from jobs.templatetags import job_tags


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

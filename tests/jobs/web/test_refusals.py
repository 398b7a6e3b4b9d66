"""Every refusal is a full sentence with its numbers and a way on, the same on pages and in the API."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from creator.lib.errors import STATUS
from tests.jobs.api.conftest import program
from tests.jobs.web.refusal_situations import ELSEWHERE, SITUATIONS, Door

CASES = [
    pytest.param(code, situation, id=f"{code}-{situation.__name__}")
    for code, situations in SITUATIONS.items()
    for situation in situations
]
SENTENCE = re.compile(r'[A-Z“"].*[.!]$')
OTHER_DOORS = {"wrong_method", "unreadable", "too_many_photos"}
"""Situations in which page and API refuse different requests, so their sentences differ."""


@pytest.fixture
def door(client, cast, able_node, make_job, make_upload):
    client.force_login(cast.owner)
    client.raise_request_exception = False
    return Door(client, program(cast.owner), cast, make_job, make_upload)


def notes_of(page: str) -> str:
    """The part of a page that says what was refused: an error page's card, or the notes at the top."""
    main = re.search(r"<main.*?</main>", page, re.S)[0]
    if 'class="card empty"' in main:
        return main
    return "".join(
        re.findall(r'<(?:div|p) class="note (?:error|warning).*?(?:</div>\s*</div>|</p>)', main, re.S)
    )


def lines_of(notes: str) -> list[str]:
    """The texts of the notes, without links and labels in front of them."""
    without_links = re.sub(r"<a .*?</a>:?", "", notes, flags=re.S)
    parts = re.findall(r"<(p|li|span)\b[^>]*>(.*?)</\1>", without_links, re.S)
    return [words_of(text) for _, text in parts if not re.fullmatch(r"[0-9a-f]*", text)]


def words_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_every_code_has_a_situation():
    assert set(SITUATIONS) | ELSEWHERE == set(STATUS)


@pytest.mark.parametrize(("code", "situation"), CASES)
def test_a_person_reads_a_sentence_with_a_way_on(door, code, situation):
    answer, _ = situation(door)
    if answer is None:
        return
    said = notes_of(answer.text)
    lines = lines_of(said)
    assert lines
    assert [line for line in lines if not SENTENCE.fullmatch(line)] == []
    assert max(len(line.split()) for line in lines) >= 5
    assert "href=" in said or 'type="submit"' in answer.text


@pytest.mark.parametrize(("code", "situation"), CASES)
def test_a_program_gets_the_sentence_and_the_numbers_in_it(door, code, situation):
    _, answer = situation(door)
    if answer is None:
        return
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (STATUS[code], code)
    assert SENTENCE.fullmatch(error["message"]), error
    numbers = [f"{value:,}" for value in error["details"].values() if isinstance(value, int) and value]
    assert [each for each in numbers if each not in error["message"]] == []
    assert [
        each
        for each in error["details"].values()
        if isinstance(each, str) and " " in each and not SENTENCE.fullmatch(each)
    ] == []


@pytest.mark.parametrize(("code", "situation"), CASES)
def test_both_say_the_same(door, code, situation):
    page, answer = situation(door)
    if page is None or answer is None or situation.__name__ in OTHER_DOORS:
        return
    error = answer.json()["error"]
    wanted = list(error["details"].values()) if code == "invalid_parameters" else [error["message"]]
    assert [each for each in wanted if each not in words_of(page.text)] == []


def test_a_form_that_was_sent_too_often_comes_back_and_says_when_to_try_again(door):
    many_tries, *_ = SITUATIONS["rate_limited"]
    page, _ = many_tries(door)
    assert (page.status_code, int(page["Retry-After"]) <= 60) == (429, True)
    assert f"Wait {page['Retry-After']} seconds, then try again." in words_of(notes_of(page.text))
    assert 'value="a@example.org"' in page.text


def test_out_of_credits_names_how_many_pictures_the_credits_are_enough_for(door):
    (without_credits,) = SITUATIONS["insufficient_credits"]
    said = words_of(notes_of(without_credits(door)[0].text))
    assert "This needs 60 credits and you have 48. Make only 24 of these 30 pictures" in said


def test_a_batch_larger_than_the_queue_is_never_told_to_wait(door):
    said = words_of(notes_of(SITUATIONS["queue_full"][0](door)[0].text))
    assert "lets 3 jobs wait in the queue. Start only 3 of these 5 now" in said
    assert '<a href="/home/">See what is in progress</a>' in SITUATIONS["queue_full"][1](door)[0].text


def test_photos_beyond_the_limit_are_named(door):
    page, _ = SITUATIONS["invalid_parameters"][1](door)
    assert "Left out, because the Studio plan takes 2 photos at a time: “fig.jpg”." in words_of(page.text)


def test_a_stranger_is_led_to_sign_in():
    assert "/accounts/login/" in Client().get("/home/")["Location"]

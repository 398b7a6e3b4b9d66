"""Making the last pictures again by pages: the cost is said before, and a form that is sent twice makes them once."""

import re

import pytest

from billing.models import CreditAccount
from creator.lib.formatting import count
from drive.enums import FileState
from drive.models import FoundFile
from tests.drive.web.test_folders import words_of


@pytest.fixture
def place(browser, folder, take, able_node):
    """The page of a folder that has one picture."""
    take("a.jpg", sha256="0" * 64)
    return f"/drive/folders/{folder.pk}/"


def form_of(page):
    return dict(re.findall(r'name="(run|credits)" value="(\d+)"', page.text))


def test_it_says_what_it_costs_and_makes_them(browser, place, presets):
    page = browser.get(place)
    assert f'href="{place}again/"' in page.text
    page = browser.get(f"{place}again/")
    price = presets["cinematic"].preset.price
    assert f"Make 1 picture, {count(price, 'credit')}" in words_of(page)
    answer = browser.post(f"{place}again/", form_of(page), follow=True)
    assert "1 picture will be made again." in words_of(answer)
    assert FoundFile.objects.get().state == FileState.FOUND
    again = browser.post(f"{place}again/", form_of(page), follow=True)
    assert "They are being made again already." in words_of(again)


def test_it_says_why_it_cannot_before_it_is_asked(browser, place, folder):
    CreditAccount.objects.filter(owner=folder.owner).update(spend_cap=0)
    page = browser.get(f"{place}again/")
    assert "You allow yourself 0 credits" in words_of(page)
    assert not form_of(page)
    answer = browser.post(f"{place}again/", {"run": "1", "credits": "100"}, follow=True)
    assert "You allow yourself 0 credits" in words_of(answer)
    assert FoundFile.objects.get().state == FileState.TAKEN


def test_another_cost_is_shown_again_before_it_is_spent(browser, place):
    answer = browser.post(f"{place}again/", {"run": "1", "credits": "0"}, follow=True)
    assert answer.redirect_chain == [(f"{place}again/", 302)]
    assert "Look at it again, and confirm that." in words_of(answer)
    assert FoundFile.objects.get().state == FileState.TAKEN


@pytest.mark.parametrize(
    "sent", [{}, {"run": "1"}, {"run": "x", "credits": "4"}, {"run": "9" * 40, "credits": "4"}]
)
def test_a_form_that_was_never_shown_makes_nothing(browser, place, sent):
    answer = browser.post(f"{place}again/", sent)
    assert answer["Location"] == f"{place}again/"
    assert FoundFile.objects.get().state == FileState.TAKEN

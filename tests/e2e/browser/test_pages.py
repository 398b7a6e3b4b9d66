"""Audits every page in every state and theme: accessibility rules, page weight, keyboard access."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.e2e.browser import account_tour, audit, buying_tour, folders_tour, tour
from tests.e2e.browser.audit import Visit
from tests.e2e.browser.person import Person
from tests.e2e.browser.shop import shop
from tests.e2e.product.serving import serving

SIGN_UP = {
    "invited": (account_tour.invited, {"SIGN_UP_DOMAINS": "example.org", "CONFIRM_ADDRESSES": "true"}),
    "closed": (account_tour.closed, {}),
}
pytestmark = [pytest.mark.services, pytest.mark.browser]


@pytest.fixture(scope="module")
def visits(product, chromium, tmp_path_factory) -> list[Visit]:
    """Audits the whole tour, first signed out and then with an account."""
    folder = tmp_path_factory.mktemp("photos")
    stranger = Person(chromium, product, "stranger", account=False)
    found = [audit.audit(stranger.page, name) for name in tour.way_in(stranger.page)]
    anna = Person(chromium, product, "anna")
    names = chain(
        tour.for_people(anna, product),
        tour.new_with_errors(anna, folder),
        tour.life_of_jobs(anna, product, folder),
    )
    found += [audit.audit(anna.page, name) for name in names]
    cara = Person(chromium, product, "cara")
    watched = folders_tour.folders(cara, product, tmp_path_factory.mktemp("studio"))
    found += [audit.audit(cara.page, name) for name in watched]
    problems = stranger.leave() + anna.leave() + cara.leave()
    for mode, (pages, settings) in SIGN_UP.items():
        with serving(tmp_path_factory.mktemp(mode), nodes=0, SIGN_UP=mode, **settings) as other:
            visitor = Person(chromium, other, "visitor", account=False)
            found += [audit.audit(visitor.page, name) for name in pages(visitor.page)]
            problems += visitor.leave()
    with shop(tmp_path_factory.mktemp("shop"), nodes=0) as (selling, stripe):
        ben = Person(chromium, selling, "ben")
        found += [audit.audit(ben.page, name) for name in buying_tour.buying(ben, stripe)]
        problems += ben.leave()
    audit.write_table(found)
    assert problems == []
    return found


def test_no_rule_of_accessibility_is_broken(visits):
    assert {visit.name: visit.violations for visit in visits if visit.violations} == {}


def test_html_is_light(visits):
    assert {visit.name: visit.html for visit in visits if visit.html > audit.HTML_BYTES} == {}


def test_nothing_scrolls_sideways_at_320_pixels(visits):
    assert {visit.name: visit.sideways for visit in visits if visit.sideways > 0} == {}


def test_pictures_have_a_size_before_they_arrive(visits):
    assert {visit.name: visit.unsized for visit in visits if visit.unsized} == {}


@pytest.mark.parametrize(("kind", "limit"), [("css", audit.CSS_BYTES), ("js", audit.JS_BYTES)])
def test_style_and_script_are_light(kind, limit):
    weights = audit.weigh(kind, kind)
    assert weights
    assert sum(weights.values()) <= limit


@pytest.mark.parametrize(
    "address", ["/home/", "/new/?preset=cinematic", "/jobs/", "/presets/cinematic/", "/accounts/email/"]
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(new_person, address):
    anna = new_person("keyboard")
    anna.page.goto(address, wait_until="networkidle")  # what comes later may replace what has the focus
    walk = audit.walk_by_keyboard(anna.page)
    assert walk == {"stops": walk["expected"], "expected": walk["expected"], "faint": []}


def test_the_audit_sees_what_is_wrong(chromium):
    page = chromium.new_page(viewport={"width": 320, "height": 600})
    page.set_content(
        "<main><h1>Wide</h1><img src='x.png' alt=''><button style='width: 400px; color: #aaa'>Faint</button>"
    )
    assert [rule.split(":")[0] for rule in audit.run_axe(page)] == [
        "color-contrast",
        "document-title",
        "html-has-lang",
    ]
    assert page.evaluate(audit.SIDEWAYS) > 0
    assert len(page.evaluate(audit.UNSIZED)) == 1
    page.close()


def test_the_keyboard_walk_sees_what_is_wrong(chromium):
    page = chromium.new_page()
    page.set_content(
        "<button style='outline: none'>Hidden focus</button><button tabindex='-1'>Left out</button>"
    )
    walk = audit.walk_by_keyboard(page)
    assert (walk["stops"], walk["expected"], len(walk["faint"])) == (1, 2, 1)
    page.close()

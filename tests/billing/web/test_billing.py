"""The billing page: how things stand and the one way on, what is left, and lines that lead to the balance."""

import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from billing.enums import SubscriptionStatus
from billing.ledger import credit_account_of, grant, hold_credits, release, settle
from billing.models import CreditAccount, Plan
from billing.queries import statement
from tests.jobs.web.reading import squash

PAGE = "/billing/"
NOW = timezone.now


@pytest.fixture
def read(client, cast):
    """The stranger's billing page, with its white space squashed."""
    client.force_login(cast.stranger)
    return lambda page=PAGE: squash(client.get(page).text)


def main(html: str) -> str:
    return re.search(r"<main.*</main>", html, re.DOTALL)[0]


def ways(html: str) -> list[str]:
    """The words of the primary buttons and links."""
    return re.findall(r'class="btn primary"[^>]*>([^<]+)<', main(html))


def balances(html: str) -> list[tuple[int, int]]:
    """The change of each line, and what was left after it."""
    found = re.findall(r"<b>([+−][\d,]+)</b><div class=\"dim\">([\d,]+) left", html)
    number = lambda text: int(text.replace("−", "-").replace(",", ""))  # noqa: E731
    return [(number(change), number(left)) for change, left in found]


def use(owner, number: int, end=None) -> None:
    with transaction.atomic():
        hold_credits(owner_id=owner.pk, amounts={f"job:{number}": 2}, label="cinematic")
        if end:
            end(f"job:{number}")


def test_a_free_plan_names_its_next_credits_and_leads_to_the_plans(read, selling):
    html = read()
    assert "50 credits a month, free of charge. The next come on" in html
    assert ways(html) == ["See the plans"]


def test_without_selling_there_is_nothing_to_buy_and_no_way_to_prices(read):
    html = main(read())
    assert ("€" in html, "Buy" in html, "See the plans" in html, "<form" in html) == (False,) * 4


def test_without_selling_a_plan_has_no_buttons_that_ask_stripe(read, subscribe):
    subscribe()
    html = main(read())
    assert ("Renews on" in html, "<form" in html, "/billing/cancel/" in html) == (True, False, False)


def test_a_plan_that_staff_gave_costs_nothing(client, cast, selling):
    client.force_login(cast.owner)
    assert "The staff of this site gave you this plan." in client.get(PAGE).text


STATES = [
    ("trial", {"trial_ends_at": NOW() + timedelta(days=4)}, "If you cancel before, you pay nothing.", []),
    ("active", {}, " for €19.", []),
    (
        "active",
        {"ends_at": NOW() + timedelta(days=4)},
        "Until then nothing changes",
        ["Keep Creator for €19 a month"],
    ),
    ("past_due", {}, "new pictures wait until it is paid", ["Pay €19"]),
    ("pending", {}, "Your bank may want you to confirm it.", ["Complete the payment of €19"]),
]


@pytest.mark.parametrize(("status", "fields", "sentence", "way"), STATES)
def test_each_state_has_a_sentence_and_one_way_on(
    read, selling, subscribe, invoice, status, fields, sentence, way
):
    subscribe(status, **fields)
    if status in ("past_due", "pending"):
        invoice(status="open")
    html = read()
    assert (sentence in html, ways(html)) == (True, way)


def test_a_planned_change_can_be_taken_back(read, selling, subscribe):
    subscribe(plan="studio", next_plan=Plan.objects.get(slug="creator"))
    html = read()
    assert "Changes to Creator on" in html
    assert ways(html) == ["Keep Studio for €99 a month"]


def test_after_the_grace_it_says_that_pictures_wait(read, selling, subscribe, invoice):
    subscribe(SubscriptionStatus.PAST_DUE)
    invoice(status="open")
    CreditAccount.objects.update(blocked_from=NOW() - timedelta(hours=1))
    assert "New pictures start again as soon as it is paid." in read()


def test_what_is_owed_is_said(read):
    read()
    CreditAccount.objects.update(debt=30)
    assert "you owe 30 credits" in read()


def test_the_meter_says_what_is_used_left_and_enough_for(read, cast, able_node):
    use(cast.stranger, 1)
    html = read()
    assert ('<progress value="2" max="50"' in html, "left of 50 in this period" in html) == (True, True)
    assert "Enough for about 48 Cinematic photos." in html


def test_credits_are_listed_by_when_they_expire(read, cast):
    with transaction.atomic():
        for amount, days in ((500, 365), (7, None)):
            expires_at = days and NOW() + timedelta(days=days)
            grant(
                owner_id=cast.stranger.pk,
                amount=amount,
                source="pack",
                source_id=str(amount),
                reason="Bought",
                expires_at=expires_at,
            )
    shown = re.findall(r"<dt>(Until|Without expiry).*?</dt><dd>(\d+)</dd>", read())
    assert shown == [("Until", "50"), ("Until", "500"), ("Without expiry", "7")]


def test_credits_that_expire_on_the_same_day_are_one_line(read, cast):
    day = (NOW() + timedelta(days=90)).replace(hour=1)
    with transaction.atomic():
        for amount, expires_at in (
            (500, day),
            (300, day + timedelta(hours=12)),
            (20, day + timedelta(days=1)),
        ):
            grant(
                owner_id=cast.stranger.pk,
                amount=amount,
                source="pack",
                source_id=str(amount),
                reason="Bought",
                expires_at=expires_at,
            )
    assert re.findall(r"<dt>Until.*?</dt><dd>(\d+)</dd>", read()) == ["50", "800", "20"]


def test_the_jobs_that_are_left_are_named_as_those_of_the_period(read, cast):
    use(cast.stranger, 1)
    assert "<dt>Jobs left</dt><dd>49 of 50 this period</dd>" in read()


def test_who_bought_only_credits_gets_to_cards_and_invoices(read, selling, customer):
    html = read()
    assert ('action="/billing/portal/"' in html, "Cards and invoices" in html) == (True, True)
    assert ("Cancel the plan" in html, "Change the card" in html) == (False, False)


def test_who_bought_nothing_has_no_cards_and_invoices(read, selling):
    assert "/billing/portal/" not in read()


def test_what_has_expired_is_gone_before_the_page_shows_it(read, cast):
    account = credit_account_of(cast.stranger.pk)
    with transaction.atomic():
        grant(
            account_id=account.pk,
            amount=9,
            source="pack",
            source_id="1",
            reason="Bought",
            expires_at=NOW() - timedelta(seconds=1),
        )
    html = read()
    assert balances(html)[0] == (-9, 50)
    assert "Expired" in html


def test_lines_lead_from_one_balance_to_the_next_and_to_the_present_one(read, cast, monkeypatch):
    monkeypatch.setattr(statement, "PAGE_SIZE", 4)
    for number, end in enumerate([settle, release, None, settle, release, settle, None]):
        use(cast.stranger, number, end)
    lines = [line for page in (1, 2, 3) for line in balances(read(f"{PAGE}?page={page}"))]
    account = CreditAccount.objects.get(owner=cast.stranger)
    assert len(lines) == 1 + 7 + 2  # the month's credits, seven holds, two of them returned
    assert lines[0][1] == account.available
    assert [left - change for change, left in lines] == [left for _, left in lines[1:]] + [0]


def test_a_line_of_a_picture_says_what_became_of_it(read, cast, presets):
    for number, end in enumerate([settle, release, None]):
        use(cast.stranger, number, end)
    notes = re.findall(
        r"<div> (?:Returned: )?Cinematic <div class=\"dim\">.*?(?: · (\w[\w ]+))?</div>", read()
    )
    assert notes == ["Reserved", "", "Returned later", "Charged"]


def test_invoices_lead_to_stripe(read, selling, subscribe, invoice):
    subscribe()
    invoice()
    invoice(invoice_id="in_2", number="A-0002", status="draft")
    invoice(invoice_id="in_3", number="A-0003", refunded_cents=500)
    html = read()
    assert 'href="https://invoice.stripe.com/i/in_1"' in html
    assert ("A-0002" in html, "€5 returned" in html) == (False, True)


def test_packs_are_sold_with_their_price_on_the_button(read, selling):
    buttons = re.findall(r'action="/billing/top-up/([\w-]+)/".*?<button class="btn">(.*?)</button>', read())
    assert [(slug, re.sub("<[^>]+>", "", words)) for slug, words in buttons] == [
        ("credits-500", "Buy 500 credits for €15"),
        ("credits-2500", "Buy 2,500 credits for €60"),
    ]


def test_nothing_of_others_is_shown(client, cast, selling, subscribe, invoice):
    subscribe()
    invoice()
    use(cast.stranger, 1)
    client.force_login(cast.other)
    html = client.get(PAGE).text
    assert ("A-0001" in html, "Cinematic" in html, "Renews on" in html) == (False, False, False)


def test_its_queries_do_not_grow(
    client, cast, able_node, selling, subscribe, invoice, django_assert_num_queries
):
    subscribe()
    invoice()
    client.force_login(cast.stranger)
    use(cast.stranger, 0, settle)
    client.get(PAGE)
    with django_assert_num_queries(12):
        client.get(PAGE)
    for number in range(1, 12):
        use(cast.stranger, number, release)
    with django_assert_num_queries(12):
        client.get(PAGE)

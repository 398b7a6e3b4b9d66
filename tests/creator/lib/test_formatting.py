"""Amounts of money, in the smallest unit of their currency."""

import pytest

from creator.lib.formatting import money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, "eur", "€0"),
        (1900, "eur", "€19"),
        (1950, "eur", "€19.50"),
        (5, "usd", "$0.05"),
        (123_456_700, "gbp", "£1,234,567"),
        (-333, "eur", "−€3.33"),
        (900, "chf", "CHF 9"),
        (1900, "jpy", "JPY 1,900"),
        (1900, "kwd", "KWD 1.900"),
    ],
)
def test_an_amount_is_written_as_people_read_it(amount, currency, text):
    assert money(amount, currency) == text

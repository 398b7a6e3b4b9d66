"""A mail that is not sent because one went a moment ago is not left out silently."""

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.urls import reverse


@pytest.fixture
def visitor(client, cast):
    cache.clear()
    return client


def test_a_second_link_within_three_minutes_is_refused_in_words(visitor, cast):
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, primary=True)
    visitor.force_login(cast.owner)
    first, second = (
        visitor.post(reverse("account_email"), {"again": ""}, follow=True).text for _ in range(2)
    )
    assert ("is on its way" in first, "No mail was sent" in first) == (True, False)
    assert ("is on its way" in second, "ask again in three minutes." in second) == (False, True)

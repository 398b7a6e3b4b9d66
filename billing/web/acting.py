"""What the pages share on which people change what they pay for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from creator.lib.errors import Refused

View = Callable[..., HttpResponseBase]


def tells_on_the_billing_page(view: View) -> View:
    """A refusal leads to the billing page, which shows how things stand, and is told there.

    That Stripe is away is no state of the account: it has its own page.
    """

    @wraps(view)
    def answer(request: HttpRequest, **arguments: object) -> HttpResponseBase:
        try:
            return view(request, **arguments)
        except Refused as refused:
            if refused.status >= 500 or refused.code == "not_found":
                raise
            messages.error(request, refused.message)
            return redirect("billing")

    return answer

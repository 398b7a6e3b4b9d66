from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from accounts.notifications.preferences import turn_off_mail
from accounts.notifications.unsubscribing import read_unsubscribe_token
from creator.web.pages import page


@csrf_exempt  # mail programs post here for their person (RFC 8058, 3.2); the token says who and what
@page("GET", "POST", signed_in=False)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ends mails of the kinds that the link names, for people who are not signed in too.

    Only POST does it: programs that check the links of mails open them.
    """
    user, kinds = read_unsubscribe_token(token)
    if request.method == "POST":
        turn_off_mail(user, kinds)
    return render(
        request, "notifications/unsubscribe.html", {"kinds": kinds, "is_done": request.method == "POST"}
    )

"""Views that end in every way in which a view can end."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpResponse
from django.urls import path

from creator import urls
from creator.lib.errors import Refused

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def breaks(request):
    raise ValueError("secret: /srv/secret/settings.py")


def refuses(request, code):
    raise Refused(code, "Not <b>like</b> this.", {"grain": "Too much."})


async def refuses_later(request):
    raise Refused("too_late", "It is done already.")


def forbids(request):
    raise PermissionDenied("secret reason")


def suspects(request):
    raise SuspiciousOperation("secret reason")


urlpatterns = [
    path("fine", lambda request: HttpResponse("fine")),
    path("breaks", breaks),
    path("refuses/<str:code>", refuses),
    path("refuses-later", refuses_later),
    path("forbids", forbids),
    path("suspects", suspects),
    *urls.urlpatterns,
]

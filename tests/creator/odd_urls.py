"""One view for each way in which a view can end."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpResponse
from django.urls import path

from creator import urls
from creator.lib.errors import Refused

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


def breaks(request):
    raise ValueError("secret: /srv/secret/settings.py")


def loses_the_database(request):
    raise OperationalError("secret: connection to server at db.secret.example failed")


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
    path("loses-the-database", loses_the_database),
    path("refuses/<str:code>", refuses),
    path("refuses-later", refuses_later),
    path("forbids", forbids),
    path("suspects", suspects),
    *urls.urlpatterns,
]

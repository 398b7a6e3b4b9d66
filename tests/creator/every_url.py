"""Every address of the site, with the ids of rows in it. A route without an example is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admindocs.views import simplify_regex
from django.db.models import QuerySet
from django.urls import URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from accounts.models import ApiKey, TokenFamily
from billing.models import CreditAccount
from creator.http.file_links import file_link
from drive.models import Connection, WatchedFolder
from jobs.models import PartialUpload, Upload, Webhook, WebhookMessage

NO_ROW = "00000000-0000-4000-8000-000000000000"
"""The id that a route gets whose rows have no example."""


def every_url(examples: Mapping[str, str]) -> dict[str, str]:
    """Route → address, with `examples` in place of the route's arguments, by their text between `<` and `>`."""
    return {route: _filled(route, examples) for route in every_route(get_resolver())}


def every_route(found: URLResolver, before: str = "/") -> Iterator[str]:
    """The routes of all URL configurations, such as `/jobs/<uuid:job_id>/`."""
    for each in found.url_patterns:
        route = before + _text_of(each.pattern)
        if isinstance(each, URLResolver):
            yield from every_route(each, route)
        else:
            yield route


def _text_of(pattern: Any) -> str:
    return str(pattern) if isinstance(pattern, RoutePattern) else simplify_regex(str(pattern)).lstrip("/")


def _filled(route: str, examples: Mapping[str, str]) -> str:
    for argument, value in examples.items():
        route = route.replace(f"<{argument}>", value)
    route = re.sub(r"<slug:\w+>", "none", re.sub(r"<uuid:\w+>", NO_ROW, route))
    assert "<" not in route, f"no example for {route}"
    return route


def _first_id(rows: QuerySet[Any]) -> str:
    pk = rows.values_list("pk", flat=True).first()
    return str(pk) if pk is not None else ""


def examples_of(job: Any, *, file: str = "", inline: bool = False) -> dict[str, str]:
    """Arguments of routes that lead to this job, its batch and a stored file: the thumbnail of its photo, or `file`."""
    key = file or (job.upload.thumbnail_key if job.upload else "uploads/none.webp")
    token, name = file_link(key, name="photo.webp", inline=inline).split("/")[2:]
    return {
        "uuid:job_id": str(job.id),
        "uuid:asset_id": str(job.id),
        "str:content_hash": f"blake3:{'0' * 64}",
        "uuid:batch_id": str(job.batch_id or job.id),
        "slug:slug": "cinematic",
        "slug:tag": "jobs",
        "str:token": token,
        "str:name": name,
        "path:content_type_id": "1",
        "path:object_id": "1",
        "app_label": "accounts",
        "url": "nothing/",
        "uuid:family_id": _first_id(TokenFamily.objects.filter(owner=job.owner)) or str(job.id),
        "int:session_id": _first_id(UserSession.objects.filter(user=job.owner)) or "1",
        "slug:name": "key_made",
        "slug:scheme": "light",
        "uidb36": "1",
        "key": "abc-def",
        "str:key": "abc-def",
        "int:account_id": _first_id(CreditAccount.objects.filter(owner=job.owner)) or "1",
        "uuid:partial_id": _first_id(PartialUpload.objects.filter(owner=job.owner)) or str(job.id),
        "uuid:upload_id": _first_id(Upload.objects.filter(owner=job.owner)) or str(job.id),
        "uuid:artifact_id": str(job.artifacts.values_list("public_id", flat=True).first() or job.id),
        "uuid:key_id": _first_id(ApiKey.objects.filter(owner=job.owner)) or str(job.id),
        "uuid:webhook_id": _first_id(Webhook.objects.filter(owner=job.owner)) or str(job.id),
        "uuid:connection_id": _first_id(Connection.objects.filter(owner=job.owner)) or str(job.id),
        "uuid:folder_id": _first_id(WatchedFolder.objects.filter(owner=job.owner)) or str(job.id),
        "uuid:delivery_id": _first_id(WebhookMessage.objects.filter(webhook__owner=job.owner)) or str(job.id),
        "int:pk": _first_id(Authenticator.objects.filter(user=job.owner, type="webauthn")) or "1",
    }

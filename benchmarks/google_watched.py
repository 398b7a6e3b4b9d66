"""Has a person connect a fake Google Drive and watch a folder in it.

`python -m benchmarks.google_watched '{"email": …, "inbox": …, "outbox": …, "preset": …, "parameters": …, "ring": …}'`.
The person consents as themselves at the Google of GOOGLE_DRIVE_URL. `ring` is the address that Google calls when
something changed; empty: none. Prints the connection's id.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

BACK = "https://creator.example/drive/google/callback/"
LIFE = timedelta(days=6)


def connect(
    *, email: str, inbox: str, outbox: str, preset: str, parameters: Mapping[str, object], ring: str = ""
) -> str:
    """Connects, watches `inbox`, and opens a channel if there is an address to call."""
    from accounts.models import User
    from drive.folders import watch_folder

    person = User.objects.get(email=email)
    connection = consent(person)
    watch_folder(
        owner=person,
        connection=connection,
        input_id=inbox,
        output_id=outbox,
        preset=preset,
        parameters=parameters,
        takes_existing=True,
    )
    if ring:
        open_channel(connection, inbox, ring)
    return str(connection.pk)


def consent(person: Any) -> Any:
    """The connection. The fake's person is the one of that address."""
    import httpx2
    from django.conf import settings

    from drive.connections import begin_google, finish_google

    flow, address = begin_google(person, redirect_uri=BACK)
    with httpx2.Client(trust_env=False) as http:
        http.post(f"{settings.CONFIG.google_drive_url}/fake/consent", json={"email": person.email})
        answer = http.get(address)
    [code] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
    return finish_google(person, flow, code=code, redirect_uri=BACK)


def open_channel(connection: Any, inbox: str, ring: str) -> None:
    """Google calls `ring` from now on."""
    from django.utils import timezone

    from drive.models import Channel
    from drive.opening import SECRETS, google_app, open_google
    from drive.sources.google.source import log_pages

    app, token = google_app(), secrets.token_urlsafe(32)
    assert app
    row = Channel.objects.create(
        connection=connection,
        token_sha256=sha256(token.encode()).hexdigest(),
        expires_at=timezone.now() + LIFE,
    )
    with open_google(app, SECRETS.decrypt(connection.access), connection.scopes.split()) as source:
        page = log_pages(source.look([inbox], None).cursor)[""]
        channel = source.watch(page, str(row.pk), token, ring, LIFE.total_seconds())
    Channel.objects.filter(pk=row.pk).update(resource_id=channel.resource_id)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
    import django

    django.setup()
    print(connect(**json.loads(sys.argv[1])))


if __name__ == "__main__":
    main()

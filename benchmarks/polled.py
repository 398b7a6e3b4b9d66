"""Many Google connections of people of their own, at a fake Google in another process. Needs Django."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from benchmarks.processes import Process, wait_until_healthy
from tests.services.process import free_port

BACK = "https://creator.example/drive/google/callback/"
AT_ONCE = 4
LIFE = timedelta(days=6)


@contextmanager
def running_google(folder: Path) -> Iterator[str]:
    """Its address, during the block."""
    port = str(free_port())
    fake = Process(["-m", "drive.google_fake", "--port", port], log=folder / "google.log", ready="")
    fake.spawn()
    try:
        yield wait_until_healthy(f"http://127.0.0.1:{port}")
    finally:
        fake.kill_all()


class Google:
    """What the people do at Google, and what it counts."""

    def __init__(self, url: str) -> None:
        self.http = httpx2.Client(base_url=url, timeout=60, trust_env=False)

    def calls(self) -> dict[str, int]:
        """How many calls of each kind came since the last time."""
        counts: dict[str, int] = self.http.get("/fake/journal").json()["counts"]
        self.http.delete("/fake/journal")
        return counts

    def folder(self, email: str) -> str:
        """The id of a new folder of this person."""
        row = {"owner": email, "name": "inbox", "mime_type": "application/vnd.google-apps.folder"}
        return str(self.http.post("/fake/files", json=row).json()["id"])

    def refresh_token(self, email: str, scopes: str) -> str:
        """What the person's consent gives."""
        self.http.post("/fake/consent", json={"email": email})
        asked = {"response_type": "code", "client_id": "trial", "redirect_uri": BACK, "scope": scopes}
        answer = self.http.get(
            "/o/oauth2/v2/auth", params={**asked, "access_type": "offline", "prompt": "consent"}
        )
        [code] = parse_qs(urlsplit(answer.headers["Location"]).query)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": "trial"}
        return str(self.http.post("/token", data=form).json()["refresh_token"])


def add_connections(google: Google, first: int, last: int) -> None:
    """One person, connection and watched folder for each number."""
    from accounts.models import User
    from drive.enums import SourceKind
    from drive.models import Connection, WatchedFolder
    from drive.opening import SECRETS
    from drive.sources.google.oauth import SCOPES

    scopes = " ".join(sorted(SCOPES))
    people = User.objects.bulk_create(User(email=f"p{number}@example.org") for number in range(first, last))
    connections = Connection.objects.bulk_create(
        Connection(
            owner=person,
            kind=SourceKind.GOOGLE,
            account=person.email,
            label=person.email,
            access=SECRETS.encrypt(google.refresh_token(person.email, scopes)),
            scopes=scopes,
        )
        for person in people
    )
    with ThreadPoolExecutor(AT_ONCE) as pool:
        inboxes = list(pool.map(google.folder, [each.label for each in connections]))
    WatchedFolder.objects.bulk_create(
        WatchedFolder(
            connection=connection,
            owner_id=connection.owner_id,
            input_id=inbox,
            input_name="inbox",
            output_id=inbox,
            output_name="inbox",
            preset_id="trial_invert",
        )
        for connection, inbox in zip(connections, inboxes, strict=True)
    )


def give_bells() -> None:
    """Every connection has a channel that works, and nothing changes."""
    from django.utils import timezone

    from drive.models import Channel, Connection

    until = timezone.now() + LIFE
    ids = Connection.objects.values_list("pk", flat=True)
    Channel.objects.bulk_create(
        Channel(connection_id=pk, token_sha256=uuid.uuid4().hex, expires_at=until, last_number=1)
        for pk in ids
    )


def spread(poll_s: float, reconcile_s: float) -> None:
    """As after a long time: the connections are due at moments of their own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE drive_connection SET due_at = now() + random() * %s * interval '1 s',"
            " reconcile_at = now() + random() * %s * interval '1 s'",
            [poll_s, reconcile_s],
        )


class Statements:
    """Counts the statements of all threads from now on."""

    def __init__(self) -> None:
        from django.db import connection
        from django.db.backends.signals import connection_created

        self.count = 0
        connection.execute_wrappers.append(self._note)
        connection_created.connect(self._meet)

    def take(self) -> int:
        """How many there were since the last time."""
        count, self.count = self.count, 0
        return count

    def _meet(self, connection: Any, **_: Any) -> None:
        if self._note not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._note)

    def _note(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        return execute(sql, params, many, context)

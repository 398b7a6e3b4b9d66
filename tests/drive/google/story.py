"""What happens to a person's Drive in a bad week, in an order that a seed decides, and what must be true at its end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.core.files.storage import default_storage
from django.db.models import Q
from django.test import Client
from PIL import Image

from creator.platform.models import Delivery
from creator.platform.outbox import handing_on, lease
from drive import channels, watching
from drive.enums import FileState, Trouble
from drive.google_fake import Fault, Policy, Push
from drive.google_fake.files import File
from drive.models import Channel, Connection, FoundFile
from drive.waiting import INTAKE, RESULTS
from jobs.enums import JobStatus
from jobs.models import Job
from tests.drive.flow.conftest import photo
from tests.drive.google.conftest import ANN
from tests.drive.google.test_flow import end

PAST = "2026-01-01T00:00Z"
MOST_ROUNDS = 40
FAULTS = [
    {"status": 403, "reason": "userRateLimitExceeded", "path": "/drive", "times": 2},
    {"status": 429, "reason": "rateLimitExceeded", "path": "/drive", "retry_after_s": 7},
    {"status": 500, "path": "/drive/v3/changes", "times": 3},
    {"status": 503, "path": "/drive/v3/files", "times": 2},
    {"status": 0, "path": "/drive/v3/files"},
    {"status": 500, "method": "POST", "path": "/token"},
    {"status": 500, "method": "POST", "path": "/upload", "is_after": True},
    {"status": 500, "method": "PUT", "path": "/upload", "is_after": True, "times": 2},
    {"status": 0, "method": "PUT", "path": "/upload", "is_after": True, "times": 2},
    {"status": 500, "method": "PUT", "path": "/upload"},
]


def colour_of(picture: bytes) -> Any:
    """What tells photos of this story apart, also once they are stored."""
    with Image.open(BytesIO(picture)) as opened:
        return opened.convert("RGB").getpixel((0, 0))


class Story:
    """Ann's week. `connect_again` has her consent once more, by the pages."""

    def __init__(self, google: Any, seed: int, connect_again: Callable[[], object]) -> None:
        self.google, self.world, self.server = google, google.world, google.server
        self.connect_again = connect_again
        self.random = random.Random(seed)
        self.made = 0
        self.added: set[str] = set()
        self.statuses: list[int] = []
        self.violations: list[str] = []
        self.server.channels.send = self._post

    def play(self, times: int = 3) -> None:
        """Every kind of event so many times, shuffled; then all that Google or the network had fades."""
        events = [
            *[self.put] * (3 * times),
            *[self.copy, self.rename, self.overwrite, self.forge, self.expire] * times,
            *[self.forget_pages, self.revoke],
            *[policy for each in Policy for policy in [lambda each=each: self.push(each)] * times],
            *[lambda row=row: self.server.faults.add(Fault(**row)) for row in FAULTS],
        ]
        self.random.shuffle(events)
        for event in events:
            event()
            self.work()
            if self.random.random() < 0.4:
                self.wait()
        self.settle()

    def put(self) -> None:
        """Some new photos."""
        for _ in range(self.random.randint(1, 4)):
            self._add(f"{self.made}.jpg", self._new_photo())

    def copy(self) -> None:
        """A photo of hers once more, under another name."""
        if files := self.inbox():
            copied = self.random.choice(files)
            self._add(f"Copy {self.made} of {copied.name}", copied.content)

    def rename(self) -> None:
        if files := self.inbox():
            self.world.change(self.random.choice(files).id, name=f"renamed-{self.made}.jpg")

    def overwrite(self) -> None:
        """Other content under the same id."""
        if files := self.inbox():
            self.world.write(self.random.choice(files).id, self._new_photo())

    def forge(self) -> None:
        """Pushes that Google did not send: each is refused, and changes no row and queues nothing."""
        channel = Channel.objects.order_by("?").first()
        known = str(channel.pk) if channel else "00000000-0000-4000-8000-000000000000"
        before = self._rows()
        self.statuses.clear()
        for token in ("", "guessed", "x" * 43, channel.token_sha256 if channel else "y" * 64):
            named = {"channel_token": token, "resource_id": channel.resource_id if channel else "r"}
            state = {"message_number": "99", "resource_state": "change"}
            self.server.channels.forge(
                "https://creator.example/drive/ring/", channel_id=known, **named, **state
            )
        if set(self.statuses) != {404} or self._rows() != before:
            self.violations.append(f"a forged push did something: {self.statuses}")

    def expire(self) -> None:
        self.server.oauth.expire_access()

    def forget_pages(self) -> None:
        self.world.forget_pages(410)

    def push(self, policy: Policy) -> None:
        """From here on pushes come so."""
        self.server.channels.policy = policy

    def revoke(self) -> None:
        """She ends our access at Google, adds photos, and connects again later."""
        self.server.oauth.revoke_account(ANN)
        self.put()
        self.server.faults.clear()
        self.wait()
        if Connection.objects.get().trouble != Trouble.ACCESS_LOST:
            self.violations.append("revoked access was not noticed")
        self.put()
        self.connect_again()

    def work(self) -> None:
        """What is due now: pushes, looks, photos and results. Some jobs end."""
        self.server.channels.deliver()
        watching.look_due(at_once=1)
        channels.renew_channels()
        for kind in (INTAKE, RESULTS):
            while delivery := lease.take_due(Q(kind=kind)):
                handing_on.hand_on(delivery)
        for job in Job.objects.exclude(status=JobStatus.COMPLETED):
            if self.random.random() < 0.7:
                end(job)

    def wait(self) -> None:
        """Time passes: what was postponed, or is polled, is due."""
        Connection.objects.update(due_at=PAST)
        Delivery.objects.filter(done_at=None).update(due_at=PAST)
        self.work()

    def settle(self) -> None:
        """Nothing more happens but our work, until it is done."""
        self.server.faults.clear()
        self.push(Policy.NORMAL)
        for _ in range(MOST_ROUNDS):
            self.wait()
            is_open = Job.objects.exclude(status=JobStatus.COMPLETED).exists()
            waits = FoundFile.objects.filter(state=FileState.FOUND).exists()
            if not is_open and not waits and not Delivery.objects.filter(done_at=None).exists():
                break
        self.wait()
        self.violations += self._wrong()

    def inbox(self) -> list[File]:
        return self._in(self.google.inbox)

    def _wrong(self) -> list[str]:
        """What is not as promised: each picture one job and one result file, and nothing of hers touched."""
        jobs = Job.objects.select_related("upload")
        made = Counter(colour_of(default_storage.open(job.upload.key).read()) for job in jobs)
        results = Counter(each.content for each in self._in(self.google.outbox))
        wanted = Counter(f"picture of {job.pk}".encode() for job in jobs)
        wrong = [f"{count} jobs of one photo" for count in made.values() if count > 1]
        if results != wanted:
            wrong.append(f"{results.total()} results of {wanted.total()} jobs")
        if missing := {colour_of(each.content or b"") for each in self.inbox()} - set(made):
            wrong.append(f"{len(missing)} photos were not made")
        if {each.id for each in self.inbox()} != self.added:
            wrong.append("files of hers are gone, or others lie there")
        return wrong

    def _add(self, name: str, content: bytes | None) -> None:
        self.added.add(
            self.world.put(ANN, name, parent=self.google.inbox, content=content, mime_type="image/jpeg").id
        )

    def _new_photo(self) -> bytes:
        self.made += 1
        return photo(f"#{self.made * 4099 % 2**24:06x}", "PNG")

    def _in(self, folder: str) -> list[File]:
        return [each for each in self.world.files.values() if folder in each.parents and not each.trashed]

    def _rows(self) -> list[Any]:
        return [
            list(model.objects.order_by("pk").values())
            for model in (Channel, Connection, FoundFile, Delivery)
        ]

    def _post(self, push: Push) -> None:
        answer = Client().post(urlsplit(push.address).path, headers=push.headers)
        self.statuses.append(answer.status_code)

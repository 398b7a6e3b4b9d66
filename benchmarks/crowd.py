"""Users of the API: they repeat each submit until it is acknowledged, then send it again with the same key."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from benchmarks.pictures import make_trial_photo

GIVE_UP_S = 90.0
AGAIN_S = 0.25
AWAY = (429, 500, 502, 503, 504)


@dataclass
class Wish:
    """One job that a user wants, and the answers to its submit. `number` identifies its picture."""

    number: int
    preset: str
    seconds: float = 0.0
    cancel_after_s: float | None = None
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    job_id: str = ""
    other_ids: set[str] = field(default_factory=set)
    cancel_answer: str = ""
    latencies: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)


def draw_wishes(chance: random.Random, count: int) -> list[Wish]:
    """Of ten jobs about six make a colour, three invert a photo and one fails.

    About one in ten is cancelled.
    """
    wishes = []
    for number in range(count):
        (preset,) = chance.choices(("trial_colour", "trial_invert", "trial_memory"), (6, 3, 1))
        wish = Wish(number, preset, round(chance.uniform(0.2, 1.5), 2))
        if preset == "trial_colour" and chance.random() < 0.15:
            wish.cancel_after_s = chance.uniform(0.0, 4.0)
        wishes.append(wish)
    return wishes


class User:
    """A client with one API key."""

    def __init__(self, url: str, key: str, photos: Path) -> None:
        self.photos = photos
        self.http = httpx2.Client(
            base_url=f"{url}/api/v1", headers={"X-API-Key": key}, timeout=20, trust_env=False
        )

    def submit(self, wish: Wish) -> None:
        """Repeats the submit until it is acknowledged, then sends it once more.

        Records every job id that was answered.
        """
        body: dict[str, object] = {
            "preset": wish.preset,
            "parameters": self._parameters(wish),
            "seed": wish.number,
        }
        if wish.preset == "trial_invert":
            body["upload_id"] = self._upload(wish.number)
        for _ in range(2):
            answer = self._insist(
                lambda: self.http.post("/jobs", json=body, headers={"Idempotency-Key": wish.key}), wish
            )
            job_id = str(answer.json()["job_id"])
            wish.job_id = wish.job_id or job_id
            wish.other_ids |= {job_id} - {wish.job_id}

    def cancel(self, wish: Wish) -> None:
        """Repeats the cancellation until it is answered."""
        answer = self._insist(lambda: self.http.post(f"/jobs/{wish.job_id}/cancel"), may_be_late=True)
        wish.cancel_answer = answer.text[:300]

    def _parameters(self, wish: Wish) -> dict[str, float]:
        known: dict[str, dict[str, float]] = {"trial_memory": {}, "trial_invert": {"seconds": wish.seconds}}
        return known.get(wish.preset, {"seconds": wish.seconds, "colour": colour_of(wish.number)})

    def _upload(self, number: int) -> str:
        photo = make_trial_photo(number, self.photos)
        answer = self._insist(
            lambda: self.http.post("/uploads", files={"file": (photo.name, photo.read_bytes(), "image/png")})
        )
        return str(answer.json()["id"])

    def _insist(
        self, send: Callable[[], httpx2.Response], wish: Wish | None = None, *, may_be_late: bool = False
    ) -> httpx2.Response:
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            began = time.perf_counter()
            try:
                answer = send()
            except httpx2.TransportError:
                answer = None
            if wish is not None and answer is not None:
                wish.latencies.append(time.perf_counter() - began)
                wish.statuses.append(answer.status_code)
            if answer is not None and (answer.is_success or (may_be_late and answer.status_code == 409)):
                return answer
            if answer is not None and answer.status_code not in AWAY:
                raise AssertionError(f"{answer.request.url}: {answer.status_code} {answer.text[:400]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"not acknowledged in {GIVE_UP_S} s: {answer and answer.text[:400]}")
            time.sleep(AGAIN_S)


def colour_of(number: int) -> int:
    """0xRRGGBB. The colours of any two numbers below 4096 differ by at least 16 in some channel."""
    return (number % 16 << 20) | (number // 16 % 16 << 12) | (number // 256 % 16 << 4) | 0x080808


class Crowd:
    """Several users; each submits its share of the wishes in its own thread."""

    def __init__(self, url: str, keys: dict[str, tuple[str, str]], folder: Path) -> None:
        self.users = [User(url, key, folder / "photos") for _, key in keys.values()]
        self.wishes: list[Wish] = []
        self.errors: list[Exception] = []
        self._threads: list[threading.Thread] = []

    def begin(self, wishes: list[Wish], *, seconds: float) -> None:
        """Starts submitting, spread over `seconds`, and returns at once."""
        self.wishes.extend(wishes)
        pause = seconds * len(self.users) / max(1, len(wishes))
        for place, user in enumerate(self.users):
            share = wishes[place :: len(self.users)]
            self._run(lambda user=user, share=share: self._submit_all(user, share, pause))  # type: ignore[misc]  # bound early on purpose

    def submit(self, wish: Wish) -> None:
        """Submits one more wish now, as the first user."""
        self.wishes.append(wish)
        self.users[0].submit(wish)

    def wait(self) -> None:
        """Waits until every wish is acknowledged. Raises the first error of a thread."""
        while self._threads:
            self._threads.pop().join()
        if self.errors:
            raise self.errors[0]

    def _submit_all(self, user: User, share: list[Wish], pause: float) -> None:
        began = time.monotonic()
        for number, wish in enumerate(share):
            time.sleep(max(0.0, began + number * pause - time.monotonic()))
            user.submit(wish)
            if wish.cancel_after_s is not None:
                self._run(lambda wish=wish: self._cancel(user, wish))  # type: ignore[misc]  # likewise

    def _cancel(self, user: User, wish: Wish) -> None:
        time.sleep(wish.cancel_after_s or 0)
        user.cancel(wish)

    def _run(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=self._guarded, args=(work,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (AssertionError, httpx2.HTTPError, ValueError, KeyError) as error:  # `wait` raises it
            self.errors.append(error)

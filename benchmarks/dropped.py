"""What a person does in a watched folder: photos that are dropped, written slowly, renamed and copied, with odd names.

`draw_drops` decides everything by a seed; `Hands` does it, and knows afterwards what must lie in the folder.
"""

from __future__ import annotations

import io
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.pictures import trial_pixels

BURST_S, AFTERWARDS_S = 2.0, 25.0
"""All files are begun within the first; they are renamed, copied and finished within the second."""
PIECE_S, STALL_S = 0.4, 6.0
"""Between the pieces of a file that is written slowly. A stall is longer than a file needs to count as whole."""
SHARES = {"plain": 10, "odd": 4, "slow": 3, "stalled": 1, "renamed": 3, "moved_in": 2, "case": 2, "copied": 4}
ODD = (
    "🏝️ holiday 👩‍👩‍👧 {0}.png",
    "תמונה של הים {0}.png",
    "é" * 110 + "{0}.png",
    "photo {0}.png...",
    "photo {0}.png ",
    " photo {0}.webp",
    "photo\nof the sea {0}.png",
    "100%25 sea%2F..%2F{0}.png",
    '"it\'s" <sea> & `sky`; $HOME {0}.tiff',
    "sea\\sky {0}.png",
    "cafe\u0301 {0}.png",
    "sea+sky?x=1#{0}.png",
    "{0}",
    "{0}.JPEG",
)
FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".webp": ("WEBP", {"lossless": True}),
    ".tiff": ("TIFF", {}),
    ".jpeg": ("JPEG", {"quality": 100, "subsampling": 0}),
}
PAIRS = ("case", "copied")
TWIN = 2000
"""The number of the picture whose name differs only in case is so much higher."""


@dataclass(frozen=True)
class Drop:
    """One file. `number` is that of its picture, -1 if it is none; `later` the name that it gets, or its copy."""

    how: str
    name: str
    content: bytes = field(repr=False)
    number: int = -1
    later: str = ""


def draw_drops(chance: random.Random, count: int) -> list[Drop]:
    """So many files, copies counted. One in twenty is no picture, at least four."""
    drops = [_broken(chance, place) for place in range(max(4, count // 20) if count else 0)]
    left = count - len(drops)
    while left > 0:
        [how] = chance.choices(list(SHARES), list(SHARES.values()))
        how = "plain" if left == 1 and how in PAIRS else how
        drops += _drop(chance, how, len(drops))
        left -= 2 if how in PAIRS else 1
    return drops


def _drop(chance: random.Random, how: str, number: int) -> list[Drop]:
    if how == "case":
        twins = {f"Img_{number:04}.PNG": number, f"iMG_{number:04}.png": number + TWIN}
        return [Drop("plain", name, encode(each, ".png"), each) for name, each in twins.items()]
    name = ODD[number % len(ODD)].format(number) if how == "odd" else f"IMG_{number:04}.png"
    later = chance.choice(ODD).format(f"{number} again") if how in ("renamed", "copied") else ""
    return [Drop(how, name, encode(number, Path(name.rstrip(". ")).suffix.lower()), number, later)]


def encode(number: int, suffix: str) -> bytes:
    """The trial picture of this number as a file of that ending; JPEG is off by a few steps, the others are exact."""
    form, options = FORMATS.get(suffix, ("PNG", {}))
    stream = io.BytesIO()
    Image.fromarray(trial_pixels(number)).save(stream, form, **options)
    return stream.getvalue()


def _broken(chance: random.Random, place: int) -> Drop:
    """What is named like a picture and is none. The content differs, so that each is told of."""
    noise = chance.randbytes(3000)
    kinds: Sequence[tuple[str, bytes]] = (
        ("JPEG.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + noise),
        ("text.jpg", f"Dear diary, this is page {place}.\n".encode() * 40),
        ("cut.png", encode(3000 + place, ".png")[:-60]),
        ("empty.jpg", b""),
        ("camera.cr2", b"II*\x00" + noise),
        ("🏝️.heic", noise),
    )
    name, content = kinds[place % len(kinds)]
    return Drop("plain", f"broken {place} {name}", content)


@dataclass
class Hands:
    """Does it, from threads. `lies` has what must lie in the folder: name → content."""

    folder: Path
    chance: random.Random
    lies: dict[str, bytes] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)
    _acts: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    _stamps: dict[str, tuple[int, int]] = field(default_factory=dict)
    _thread: threading.Thread | None = None

    def begin(self, drops: Sequence[Drop], *, burst_s: float = BURST_S) -> None:
        """Begins, and returns at once. All files are begun within `burst_s`."""
        for drop in drops:
            self._plan(drop, self.chance.uniform(0, burst_s))
        self._acts.sort(key=lambda act: act[0])
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def wait(self) -> None:
        """Waits until all is done. Raises the error of what could not be."""
        if self._thread:
            self._thread.join()
        if self.errors:
            raise self.errors[0]

    def touched(self) -> list[str]:
        """Names of files that are not as the person left them: other content, times or inode, gone, or added."""
        names = {path.name for path in self.folder.iterdir() if path.is_file()}
        changed = [name for name in names & self.lies.keys() if not self._is_as_left(name)]
        return sorted((names ^ self.lies.keys()) | set(changed))

    def _is_as_left(self, name: str) -> bool:
        path = self.folder / name
        return path.read_bytes() == self.lies[name] and _stamp(path) == self._stamps[name]

    def _plan(self, drop: Drop, at: float) -> None:
        later = at + self.chance.uniform(0.5, AFTERWARDS_S)
        if drop.how in ("slow", "stalled"):
            self._plan_pieces(drop, at, STALL_S if drop.how == "stalled" else PIECE_S)
        elif drop.how == "moved_in":
            self._acts.append((at, lambda: self._move_in(drop)))
        else:
            self._acts.append((at, lambda: self._put(drop.name, drop.content)))
        if drop.how == "renamed":
            self._acts.append((later, lambda: self._rename(drop.name, drop.later)))
        elif drop.how == "copied":
            self._acts.append((later, lambda: self._put(drop.later, drop.content)))

    def _plan_pieces(self, drop: Drop, at: float, pause_s: float) -> None:
        third = len(drop.content) // 3
        cuts = [0, third, 2 * third, len(drop.content)]
        for place in range(3):
            piece = drop.content[cuts[place] : cuts[place + 1]]
            self._acts.append((at + place * pause_s, lambda piece=piece: self._append(drop.name, piece)))  # type: ignore[misc]  # bound early on purpose

    def _work(self) -> None:
        began = time.monotonic()
        try:
            for at, act in self._acts:
                time.sleep(max(0.0, began + at - time.monotonic()))
                act()
        except OSError as error:  # `wait` raises it
            self.errors.append(error)

    def _put(self, name: str, content: bytes) -> None:
        path = self.folder / name
        with path.open("xb") as file:
            file.write(content)
        self._note(name, content)

    def _append(self, name: str, piece: bytes) -> None:
        with (self.folder / name).open("ab") as file:
            file.write(piece)
        self._note(name, self.lies.get(name, b"") + piece)

    def _move_in(self, drop: Drop) -> None:
        """As programs do that copy: hidden while it is written, then renamed."""
        hidden = self.folder / f".{sha256(drop.name.encode()).hexdigest()[:8]}.tmp"
        hidden.write_bytes(drop.content)
        hidden.rename(self.folder / drop.name)
        self._note(drop.name, drop.content)

    def _rename(self, name: str, later: str) -> None:
        (self.folder / name).rename(self.folder / later)
        self._note(later, self.lies.pop(name))

    def _note(self, name: str, content: bytes) -> None:
        self.lies[name] = content
        self._stamps[name] = _stamp(self.folder / name)


def _stamp(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_ino

"""The parameter `q` of files.list: the part of Drive's query language that the fake knows."""

from __future__ import annotations

import re
from collections.abc import Callable

from drive.google_fake.access import seen
from drive.google_fake.errors import invalid
from drive.google_fake.files import File
from drive.google_fake.oauth import Grant
from drive.google_fake.world import World

Test = Callable[[File], bool]
TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|[A-Za-z.]+|!=|=|\(|\))")


def read_query(world: World, grant: Grant, q: str) -> Test:
    """Whether a file fits. Raises `GoogleError` 400 for what the fake does not know, 404 for an unknown folder."""
    if not q.strip():
        return lambda file: True
    query = _Query(world, grant, q)
    test = query.any_of()
    if query.left:
        raise invalid("Invalid Value")
    return test


class _Query:
    """Reads a query from left to right."""

    def __init__(self, world: World, grant: Grant, q: str) -> None:
        self._world, self._grant = world, grant
        self.left: list[str] = []
        position = 0
        while position < len(q.rstrip()):
            token = TOKEN.match(q, position)
            if token is None:
                raise invalid("Invalid Value")
            self.left.append(token[1])
            position = token.end()

    def any_of(self) -> Test:
        tests = [self._all_of()]
        while self.left[:1] == ["or"]:
            self.left.pop(0)
            tests.append(self._all_of())
        return lambda file: any(test(file) for test in tests)

    def _all_of(self) -> Test:
        tests = [self._one()]
        while self.left[:1] == ["and"]:
            self.left.pop(0)
            tests.append(self._one())
        return lambda file: all(test(file) for test in tests)

    def _one(self) -> Test:
        word = self._next()
        if word == "(":
            test = self.any_of()
            self._expect(")")
            return test
        if word == "not":
            refused = self._one()
            return lambda file: not refused(file)
        if word == "sharedWithMe":
            return lambda file: self._grant.email in file.readers
        if word.startswith("'"):
            self._expect("in")
            self._expect("parents")
            return self._in_folder(_plain(word))
        return self._compared(word)

    def _in_folder(self, folder: str) -> Test:
        held = seen(self._world, self._grant, folder, with_drives=True)
        return lambda file: held.id in file.parents

    def _compared(self, key: str) -> Test:
        sign, value = self._next(), self._next()
        readers: dict[str, Callable[[File], str]] = {
            "name": lambda file: file.name,
            "mimeType": lambda file: file.mime_type,
            "trashed": lambda file: "true" if self._world.is_trashed(file) else "false",
            "shortcutDetails.targetMimeType": lambda file: file.target.mime_type if file.target else "",
        }
        read = readers.get(key)
        if read is None or sign not in ("=", "!=") or (key == "trashed") != (value in ("true", "false")):
            raise invalid("Invalid Value")
        wanted = value if key == "trashed" else _plain(value)
        return lambda file: (read(file) == wanted) == (sign == "=")

    def _next(self) -> str:
        if not self.left:
            raise invalid("Invalid Value")
        return self.left.pop(0)

    def _expect(self, token: str) -> None:
        if self._next() != token:
            raise invalid("Invalid Value")


def _plain(text: str) -> str:
    if not text.startswith("'"):
        raise invalid("Invalid Value")
    return re.sub(r"\\(.)", r"\1", text[1:-1])

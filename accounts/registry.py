"""What the apps store about a person, and how it is exported and erased.

Each app registers its part when Django starts, in its `apps.py`. So accounts need not know the apps above, and an
app that stores something about people is asked about it. docs/accounts.md says what each part holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from creator.lib.paging import in_pages

Counts = Mapping[str, int]
"""What a step has erased: how many of what, such as {"photos": 3}."""


@dataclass(frozen=True)
class Rows:
    """Rows of one subject, for the export: from each row, the attributes `fields`, which may be dotted.

    Digests, tokens and other secrets are no personal data and are left out.
    """

    rows: QuerySet[Any]
    fields: Sequence[str]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        read = [(name.replace(".", "_"), attrgetter(name)) for name in self.fields]
        for row in in_pages(self.rows):
            yield {name: get(row) for name, get in read}


@dataclass(frozen=True)
class StoredFile:
    """A file of a person: its storage key, and its path in the export."""

    key: str
    path: str


@dataclass(frozen=True)
class PersonalData:
    """One app's part.

    name: of the app; its folder in the export and the prefix of its counts.
    rows: the person's rows by subject.
    files: the person's stored files, in any number: an iterator that reads a page at a time.
    erase: steps that delete, in this order. Each may be called again after it succeeded, failed or died halfway, when
        it has less or nothing to do. Each returns what it erased, commits by itself, and raises `NotYet` if something
        has to end first. The person can no longer sign in, and no program has access.
    is_left: whether anything that the steps erase exists, because a request that was under way has added it.
    """

    name: str
    rows: Callable[[User], Mapping[str, Rows]]
    files: Callable[[User], Iterator[StoredFile]] = field(default=lambda _: iter(()))
    erase: Sequence[Callable[[User], Counts]] = ()
    is_left: Callable[[User], bool] = field(default=lambda _: False)


_parts: dict[str, PersonalData] = {}


def register_personal_data(part: PersonalData) -> None:
    """Raises ValueError if the app already has another part."""
    if _parts.setdefault(part.name, part) is not part:
        raise ValueError(f"The personal data of {part.name} is already registered.")


def parts() -> list[PersonalData]:
    """All parts, in the order of INSTALLED_APPS: lower apps first. Erasure begins at the end."""
    return list(_parts.values())

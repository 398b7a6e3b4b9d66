"""What people call the labels of holds. Apps above know: they answer the signal `titles_asked`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from billing.signals import titles_asked


def titles_of(labels: Iterable[str]) -> dict[str, str]:
    """A title for each label: the label itself where no app above has one."""
    asked = frozenset(labels)
    answers: Any = titles_asked.send(sender=None, labels=asked) if asked else ()
    known = {label: title for _, titles in answers for label, title in titles.items()}
    return {label: known.get(label, label) for label in asked}

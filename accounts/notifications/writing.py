"""Writes mails: the words of a kind become a plain-text part and an HTML part of one look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.template import Context, Engine, Template, TemplateDoesNotExist
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.notifications.kind import Letter

MOST_TOLD = 20
"""Events that one mail describes; it counts the others."""


@dataclass(frozen=True)
class Written:
    """Subject and parts of a mail."""

    subject: str
    text: str
    html: str


def write(letters: Sequence[Letter], *, unsubscribe: str = "") -> Written:
    """One mail that tells of these letters, all to one address. Raises ObjectDoesNotExist if their purpose is gone.

    `unsubscribe` is the address that ends mails of this kind. Times are written in the person's time zone.
    """
    first = letters[0]
    with timezone.override((first.user and first.user.zone) or UTC):
        told = [_told(letter) for letter in letters[:MOST_TOLD]]
        subject = told[0].subject if len(letters) == 1 else _several(letters)
        text = "\n\n".join(each.text for each in told)
        if len(letters) > MOST_TOLD:
            text += f"\n\nAnd {len(letters) - MOST_TOLD} more."
        html = told[0].html if len(letters) == 1 else ""
        context = _frame(letters) | {"subject": subject, "unsubscribe": unsubscribe}
        return Written(
            subject,
            _plain("mail/_layout.txt", context | {"words": text}),
            render_to_string("mail/_layout.html", context | {"paragraphs": text.split("\n\n"), "own": html}),
        )


def write_line(letter: Letter) -> str:
    """What happened, in a line: the subject of its mail."""
    return _subject(letter, _context(letter))


def _told(letter: Letter) -> Written:
    context = _context(letter)
    words = _plain(f"mail/{letter.kind.name}.txt", context)
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", words) if part.strip()]
    return Written(_subject(letter, context), "\n\n".join(paragraphs), _own_html(letter, context))


def _plain(template: str, context: dict[str, Any]) -> str:
    """The template as plain text: nothing is escaped. Text becomes HTML in `mail/_layout.html`, which escapes it."""
    return (
        Engine.get_default().get_template(template).render(Context(context, autoescape=False)).strip() + "\n"
    )


def _own_html(letter: Letter, context: dict[str, Any]) -> str:
    try:
        return render_to_string(f"mail/{letter.kind.name}.html", context)
    except TemplateDoesNotExist:
        return ""


def _context(letter: Letter) -> dict[str, Any]:
    own = letter.user if letter.user and letter.user.email == letter.address else None
    return {"email": own.shown_email if own else letter.address, **letter.facts}


def _subject(letter: Letter, context: dict[str, Any]) -> str:
    """On one line, because a line break would end the header."""
    return " ".join(Template(letter.kind.subject).render(Context(context, autoescape=False)).split())


def _several(letters: Sequence[Letter]) -> str:
    return letters[0].kind.group.several.format(count=len(letters))


def _frame(letters: Sequence[Letter]) -> dict[str, Any]:
    """What surrounds the words: the one button, and the footer."""
    first, group = letters[0], letters[0].kind.group
    button, link = (first.kind.button, first.kind.link) if len(letters) == 1 else (group.button, group.link)
    return {
        "button": button if link else "",
        "link": link(first) if link else "",
        "home": first.url(reverse("landing")),
        "why": group.why,
        "preferences": first.url(reverse("notifications")) if first.user else "",
    }

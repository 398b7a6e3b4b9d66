"""The rules as Django's password validators, with sentences that say what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.passwords.known import is_known

SHORTEST, LONGEST = 8, 1024
"""Characters (NIST SP 800-63B-3, 5.1.1.2: at least 8, and 64 or more allowed)."""


HELP = f"At least {SHORTEST} characters of any kind. A few words are easy to remember and hard to guess."
LEAST_OF_ITS_OWN = 5
"""Characters that a password has beside a word of the person's address or name."""


class Rule:
    """A validator of Django's. Pages show `HELP` once instead of a text of each rule."""

    def get_help_text(self) -> str:
        return ""


class LengthRule(Rule):
    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) < SHORTEST:
            raise ValidationError(f"Use at least {SHORTEST} characters.", code="password_too_short")
        if len(password) > LONGEST:
            raise ValidationError(f"Use at most {LONGEST:,} characters.", code="password_too_long")


class OwnWordsRule(Rule):
    """Refuses the person's address or name with a few characters added, such as `anna.berg1`."""

    def validate(self, password: str, user: User | None = None) -> None:
        given = rest = _letters(password)
        for word in sorted(_words_of(user), key=len, reverse=True) if user else []:
            rest = rest.replace(word, "")
        if rest != given and len(rest) < LEAST_OF_ITS_OWN:
            raise ValidationError(
                "Choose a password that is not made of your email address or name.",
                code="password_too_similar",
            )


class KnownRule(Rule):
    """Refuses what attackers try first. It asks a list of ours: no password leaves the server."""

    def validate(self, password: str, user: User | None = None) -> None:
        if is_known(password):
            raise ValidationError(
                "Choose another password: this one is on the lists of stolen passwords that attackers try first.",
                code="password_too_common",
            )


def _words_of(user: User) -> Iterator[str]:
    """The address, its parts and the person's names, each without signs. Shorter ones than three letters say little."""
    name, _, domain = user.email.partition("@")
    spoken = [user.email, name, domain, *re.split(r"\W", name), domain.rpartition(".")[0], user.name]
    for each in [*spoken, *user.name.split()]:
        if len(word := _letters(each)) > 2:
            yield word


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text).lower()

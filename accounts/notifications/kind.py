"""What a kind of notification is, and the registry of all kinds. Apps above register theirs in their `apps.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User

WHERE = ("address", "device")
"""Facts that any kind may have and may lack: the client's IP address, and its device in words."""


@dataclass(frozen=True)
class Group:
    """Kinds that a person thinks of as one subject.

    `why` says in the footer of a mail why the person gets it. `several`, `button` and `link` are for a mail that
    tells of several events: its subject with their `{count}`, and the button that leads to all of them.
    """

    title: str
    why: str
    several: str = ""
    button: str = ""
    link: Callable[[Letter], str] | None = None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of notification. Its words are in `templates/mail/<name>.txt`: paragraphs, from which the HTML
    part is made too. A kind may have an HTML template of its own beside it, `<name>.html`.

    - `title` names the kind in lists, such as "An API key was created".
    - `subject` is a Django template; it sees the facts. It is also the line on /notifications/.
    - `button` and `link`: the label and the address of the one button. Only this address may give access to an
      account, because it is made when the mail is sent. `link` may raise ObjectDoesNotExist: then what the mail is
      about is gone, no mail is sent, and the line on /notifications/ is no link.
    - `optional`: people may turn it off, by mail and on the page, and it waits while their quiet hours last. It goes
      to confirmed addresses only.
    - `on_page`: it is also listed on /notifications/.
    - `digested`: those of one person that come within a short time are told in one mail.
    - `sample` has a value for each fact: for /mail/, and `notify` accepts these facts and no others. A fact named
      `at`, or ending in `_at`, is a time. `at` is always there.
    """

    name: str
    title: str
    subject: str
    group: Group
    button: str = ""
    link: Callable[[Letter], str] | None = None
    optional: bool = False
    on_page: bool = True
    digested: bool = False
    sample: Mapping[str, Any] = field(default_factory=dict)

    def check_facts(self, facts: Mapping[str, Any]) -> None:
        """Raises ValueError if a fact is missing or unknown."""
        wrong = (facts.keys() ^ self.sample.keys()) - set(WHERE)
        if wrong:
            raise ValueError(f"A notification {self.name} with missing or unknown facts: {sorted(wrong)}.")


@dataclass(frozen=True)
class Letter:
    """One notification while it is written: of which kind, to whom, with which facts.

    `user` is None if the address belongs to no account. `site` stands for a request to the site.
    """

    kind: Kind
    address: str
    user: User | None
    site: HttpRequest
    facts: Mapping[str, Any]

    def url(self, path: str) -> str:
        """The whole address of a page of the site."""
        return self.site.build_absolute_uri(path)


def page_at(route: str) -> Callable[[Letter], str]:
    """A button's link that leads to the page of this name."""
    return lambda letter: letter.url(reverse(route))


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> Kind:
    """Returns the kind. Raises ValueError if another kind has its name."""
    if _kinds.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"There already is a kind of notification named {kind.name}.")
    return kind


def kind_named(name: str) -> Kind:
    """Raises LookupError for an unknown kind: a delivery is tried again, perhaps by a worker of a newer release."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"no kind of notification named {name}") from None


def all_kinds() -> list[Kind]:
    """In the order in which they were registered."""
    return list(_kinds.values())

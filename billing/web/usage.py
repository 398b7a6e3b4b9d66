from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.callers import signed_in_user
from accounts.models import User
from billing.usage import (
    NAMED,
    Span,
    Usage,
    Use,
    named_span,
    period_of,
    span_of_days,
    summed,
    titles_of,
    usage_of,
)
from billing.web.usage_chart import draw
from creator.lib.csv_lines import csv_lines
from creator.lib.errors import Refused
from creator.web.pages import page

USUAL = "period"
HEADINGS = ("Day", "Preset", "Title", "Pictures", "Credits used", "Credits returned")


@dataclass(frozen=True)
class Asked:
    """What the query asks for. `name` is one of NAMED, or empty for days of the person's own."""

    name: str
    first: str
    last: str
    span: Span
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The same as a query, for the link to the file. Its values are read, and so need no quoting."""
        return f"show={self.name}" if self.name else f"from={self.span.first}&to={self.span.last}"


@page("GET")
def usage(request: HttpRequest) -> HttpResponse:
    """Credits used and returned, as a picture and a table. By `show`, or by `from` and `to`; days of the person's zone."""
    user = signed_in_user(request)
    asked = _read(request.GET, user)
    used = usage_of(user.pk, asked.span)
    titles = titles_of(label for _, label in used)
    by_preset = summed(used, lambda key: titles[key[1]])
    context = {
        "asked": asked,
        "named": NAMED,
        "zone": user.time_zone or "UTC",
        "chart": draw(used, titles, asked.span.days),
        "presets": sorted(by_preset.items(), key=lambda each: (-each[1].used, each[0])),
        "lines": [(day, titles[label], use) for (day, label), use in reversed(list(used.items()))],
        "total": sum(used.values(), Use()),
    }
    return render(request, "billing/usage.html", context, status=422 if asked.problems else 200)


@page("GET")
def usage_csv(request: HttpRequest) -> HttpResponseBase:
    """The same as a CSV file. Raises Refused `invalid_parameters`."""
    user = signed_in_user(request)
    asked = _read(request.GET, user)
    if asked.problems:
        raise Refused("invalid_parameters", " ".join(asked.problems.values()), asked.problems)
    used = usage_of(user.pk, asked.span)
    lines = csv_lines(_rows(used, titles_of(label for _, label in used)))
    answer = StreamingHttpResponse(_streamed(lines), content_type="text/csv; charset=utf-8; header=present")
    name = f"creator-usage-{asked.span.first}-{asked.span.last}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _read(query: QueryDict, user: User) -> Asked:
    """What is asked for. With a mistake in the days it shows the usual span instead, and what is wrong."""
    zone = user.zone or UTC
    first, last = (query.get(name, "").strip()[:40] for name in ("from", "to"))
    name = query.get("show", "") if query.get("show") in NAMED else USUAL
    problems = {}
    if first or last:
        try:
            return Asked("", first, last, _read_days(first, last, zone))
        except Refused as refused:
            problems = refused.problems
    now = timezone.now()
    span = named_span(name, now=now, zone=zone, period=period_of(user.pk, now))
    return Asked(name, first or f"{span.first}", last or f"{span.last}", span, problems)


def _read_days(first: str, last: str, zone: tzinfo) -> Span:
    begin, end = _day_of(first), _day_of(last)
    if begin is None or end is None:
        unread = [name for name, day in (("from", begin), ("to", end)) if day is None]
        problems = dict.fromkeys(unread, "Enter a day, such as 2026-11-28.")
        raise Refused("invalid_parameters", "Some fields need another look.", problems)
    return span_of_days(begin, end, zone)


def _day_of(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _rows(used: Usage, titles: Mapping[str, str]) -> Iterator[tuple[str | int, ...]]:
    yield HEADINGS
    for (day, label), use in used.items():
        yield f"{day}", label, titles[label], use.pictures, use.used, use.returned


async def _streamed(lines: Iterator[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line

"""Nodes as the command line shows them: values for programs, a table for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone

from creator.lib.formatting import count, duration
from jobs.catalogue import OfferedPreset, lacking
from jobs.comfy import without_credentials
from jobs.enums import NodeState
from jobs.models import ABILITIES, Attempt, Node
from jobs.nodes.breaker import UNSEEN_S
from jobs.nodes.looks import LONG_S

GIB = 2**30
HEADINGS = ("NAME", "STATE", "HEALTH", "SLOTS", "DEVICE", "VRAM", "RTT", "VERSION", "SEEN", "ADDRESS")


def describe_nodes() -> list[dict[str, Any]]:
    """Every node, sorted by name. Memory is in bytes, times are in ISO format, null means unknown."""
    in_use = Count("attempts", filter=Q(attempts__node_done_at__isnull=True))
    nodes = Node.objects.annotate(in_use=in_use).defer(*ABILITIES).order_by("name")
    heads = {node.running_prompt for node in nodes if node.running_prompt}
    ours = set(Attempt.objects.filter(prompt_id__in=heads).values_list("prompt_id", flat=True))
    return [_describe(node, node.in_use, heads - ours) for node in nodes]


def _describe(node: Node, in_use: int, foreign_heads: set[UUID]) -> dict[str, Any]:
    return {
        "name": node.name,
        "url": without_credentials(node.url),
        "state": node.state,
        "health": _health(node),
        "faults_in_a_row": node.failures,
        "closed_until": _iso(node.closed_until),
        "trouble": node.trouble,
        "foreign_prompts": node.foreign_prompts,
        "notes": list(_notes(node, foreign_heads)),
        "slots": node.slots,
        "slots_in_use": in_use,
        "version": node.version,
        "device": node.device,
        "vram_total": node.vram_total,
        "vram_free": node.vram_free,
        "rtt_ms": None if node.rtt_ms is None else round(node.rtt_ms, 1),
        "restarts": node.restarts,
        "seen_at": _iso(node.seen_at),
        "proven_at": _iso(node.proven_at),
    }


def print_nodes(nodes: list[dict[str, Any]], write: Callable[[str], object]) -> None:
    """A line per node, in columns as wide as needed. A node's trouble and notes go on lines below it."""
    lines = [HEADINGS, *map(_columns, nodes)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    below = [[], *([f"! {node['trouble']}"] * bool(node["trouble"]) + node["notes"] for node in nodes)]
    for line, sentences in zip(lines, below, strict=True):
        write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        for sentence in sentences:
            write(f"  {sentence}")


def _notes(node: Node, foreign_heads: set[UUID]) -> Iterator[str]:
    """What slows a node that works: other clients' prompts, and events that do not arrive."""
    if node.foreign_prompts:
        each = "" if node.foreign_seconds is None else f", about {duration(node.foreign_seconds)} each"
        yield f"Other clients have {count(node.foreign_prompts, 'prompt')} on it{each}. Ours wait their turn."
    if node.running_since and node.running_prompt in foreign_heads:
        since = (timezone.now() - node.running_since).total_seconds()
        if since > LONG_S:
            yield (
                f"A prompt of another client has been running for {duration(since)}."
                " Look at its ComfyUI before you restart it."
            )
    if node.deaf_since:
        since = (timezone.now() - node.deaf_since).total_seconds()
        yield (
            f"Its events have not arrived for {duration(since)}, so pictures take longer. A client that does not"
            " read its WebSocket blocks them: close that client or restart ComfyUI."
        )


def describe_check(node: Node, presets: Sequence[OfferedPreset], *, well: bool) -> list[str]:
    """The result of a check, one sentence per line: whether the node works, its device, what it runs and lacks."""
    if not well:
        return [f"{node.name} does not work: {node.trouble or 'it did not answer.'}", *_left_out(node)]
    missing = {offer.preset.slug: lacking(offer.manifest, node) for offer in presets}
    runs = ", ".join(slug for slug, names in missing.items() if not names)
    return [
        f"{node.name} works: {node.device} with ComfyUI {node.version}, {_memory(node)}, {node.rtt_ms or 0:.1f} ms away.",
        f"It has {len(node.classes):,} node classes and {count(len(node.model_files), 'model file')}.",
        f"It runs {runs}." if runs else "It runs none of the presets.",
        *(f"For {slug} it lacks: {', '.join(names)}." for slug, names in missing.items() if names),
        *_left_out(node),
    ]


def _left_out(node: Node) -> list[str]:
    """Why the node gets no new jobs, if its state or the breaker prevents them."""
    if node.state != NodeState.ACTIVE:
        return [f"It gets no new jobs, as it is {node.get_state_display().lower()}."]
    return [f"It gets no new jobs: {_health(node)}."] if _closed_s(node) else []


def _memory(node: Node) -> str:
    free, total = node.vram_free, node.vram_total
    return f"{(free or 0) / GIB:.1f} of {total / GIB:.1f} GiB free" if total else "memory unknown"


def _columns(node: dict[str, Any]) -> tuple[str, ...]:
    free, total = node["vram_free"], node["vram_total"]
    return (
        node["name"],
        node["state"],
        node["health"],
        f"{node['slots_in_use']}/{node['slots']}",
        node["device"] or "-",
        f"{(free or 0) / GIB:.1f}/{total / GIB:.1f} GiB" if total else "-",
        "-" if node["rtt_ms"] is None else f"{node['rtt_ms']:.1f} ms",
        node["version"] or "-",
        _ago(node["seen_at"]),
        node["url"],
    )


def _health(node: Node) -> str:
    """The state of the breaker in a word or two, and how long it lasts."""
    if seconds := _closed_s(node):
        return f"closed {_rough(seconds)}"
    if node.failures:
        return f"{node.failures} fault{'s' if node.failures > 1 else ''} in a row"
    if node.seen_at is None:
        return "not seen yet"
    unseen_s = int((timezone.now() - node.seen_at).total_seconds())
    return "well" if unseen_s <= UNSEEN_S else f"not seen for {_rough(unseen_s)}"


def _ago(iso: str | None) -> str:
    if iso is None:
        return "never"
    seconds = max(0, int((timezone.now() - datetime.fromisoformat(iso)).total_seconds()))
    return f"{_rough(seconds)} ago"


def _closed_s(node: Node) -> int:
    """For how many more seconds the node gets no new jobs. Proof that it works may end this sooner."""
    now = timezone.now()
    until = max(node.closed_until or now, node.barred_until or now)
    return ceil((until - now).total_seconds())


def _rough(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()

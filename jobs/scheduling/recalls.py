"""Finds staged prompts that another node, which is idle, would begin sooner.

All processes read the same rows and choose alike, so that one prompt moves to an idle node, not one from each
process.
"""

from __future__ import annotations

from datetime import datetime
from math import inf

from django.utils import timezone

from jobs.scheduling.claims import read_wishes
from jobs.scheduling.foreign import foreign_wait_s
from jobs.scheduling.pool import OpenPrompt, PoolNode, read_pool
from jobs.scheduling.queue_heads import ended_on
from jobs.scheduling.timings import History, histories

STAGED_S = 3.0
"""Prompts that have waited for less are left alone: most begin soon."""
WORTH_S = 3.0
"""What a recall must win, in seconds: the photo has to be sent again."""


def sooner_elsewhere() -> set[int]:
    """Returns the keys of the attempts whose staged prompt should move to an idle node, one for each such node.

    None while a queued job could begin somewhere: it may be about to take the idle node. One statement if no node
    is idle.
    """
    pool, now = read_pool(), timezone.now()
    idle = [node for node in pool if _is_idle(node)]
    if not idle:
        return set()
    known = histories({prompt.work.need for node in pool for prompt in node.prompts})
    waiting = [
        (wait_s, prompt)
        for node in pool
        for place, prompt in enumerate(node.prompts)
        if _is_staged(prompt, now) and (wait_s := _wait_s(node, place, known, now)) > WORTH_S
    ]
    if not waiting or next(read_wishes(), None):
        return set()
    return _choose(
        idle, [prompt for _, prompt in sorted(waiting, key=lambda each: (-each[0], each[1].attempt_id))]
    )


def _choose(idle: list[PoolNode], waiting: list[OpenPrompt]) -> set[int]:
    """For each idle node the prompt that has to wait longest, of those that it can run and has not failed."""
    ended = ended_on([prompt.job_id for prompt in waiting])
    chosen: set[int] = set()
    for node in sorted(idle, key=lambda each: each.node.pk):
        for prompt in waiting:
            errors = ended[prompt.job_id].get(node.node.pk, ())
            if prompt.attempt_id not in chosen and prompt.work.need in node.needs and not errors:
                chosen.add(prompt.attempt_id)
                break
    return chosen


def _is_idle(node: PoolNode) -> bool:
    return (
        not node.prompts
        and not node.node.foreign_prompts
        and not node.node.failures
        and bool(node.free_slots())
    )


def _is_staged(prompt: OpenPrompt, now: datetime) -> bool:
    return prompt.started_at is None and (now - prompt.created_at).total_seconds() > STAGED_S


def _wait_s(node: PoolNode, place: int, known: dict[str, History], now: datetime) -> float:
    """Seconds until the node begins its prompt number `place`; infinite if nothing tells, or one is overdue."""
    prompt = node.prompts[place]
    ahead = node.prompts[:place]
    return foreign_wait_s(node.node, prompt.foreign_ahead, now) + sum(
        _left_s(node, each, known, now) for each in ahead
    )


def _left_s(node: PoolNode, prompt: OpenPrompt, known: dict[str, History], now: datetime) -> float:
    work = prompt.work
    timing = known[work.need].timing(device=node.node.device, warm=prompt.warm, pixels=work.pixels)
    passed = (now - prompt.started_at).total_seconds() if prompt.started_at else 0.0
    if timing is None or passed > timing.p90:
        return inf
    return max(0.0, timing.p50 - passed)

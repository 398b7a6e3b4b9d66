"""Reads the first jobs of users' queues in one statement.

Its cost depends on the number of users, not on the backlog. The SQL is written by hand because the ORM has
neither LATERAL nor MATERIALIZED. A queryset would probe each user's queue twice and would need one more
statement per chosen user.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from jobs.comfy import refuses
from jobs.enums import Outcome
from jobs.models import Attempt
from jobs.scheduling.placement import QueueHead

USERS_LOOKED_AT = 20
HEADS_PER_USER = 2
HEADS_AT_LEAST = 16

# `front`: the users who come next have the smallest load. Nearly always their jobs are among the 100 oldest
# of all queued jobs, so `early` finds them there. If it finds too few users, because the oldest jobs belong
# to others, `line` probes the queue of each user instead.
#
# `line`: a user's oldest runnable job is nearly always among the first 16 of that user's queue. If it is not,
# very many jobs that no free slot can run may be ahead of it. The query then probes the user's queue once per
# need and reads none of those jobs.
#
# The final SELECT starts at that oldest job and looks at 16 rows more than it returns. A later claim finds
# jobs further back. All jobs of one owner have different ranks (`enqueue` steps them), so the oldest job
# itself is always the first of these rows.
#
# OFFSET 0 and LIMIT 1 force the planner to one probe per row even if its estimates are wrong. It assumes that
# only one user has the smallest load. When all users have it, the planner would read the oldest jobs once per
# user, or scan the whole attempt table.
POSTGRESQL = """
WITH able AS MATERIALIZED (SELECT unnest(%(needs)s::varchar[]) AS need),
ready AS MATERIALIZED (
  SELECT q.owner_id, q.running, q.share, q."limit" - q.running AS room, q.running / q.share AS load
  FROM jobs_userqueue q WHERE q.queued > 0 AND q.running < q."limit"),
early AS MATERIALIZED (
  SELECT f.owner_id, MIN(f.rank_at) AS oldest
  FROM (SELECT j.owner_id, j.rank_at, j.need, j.not_before FROM jobs_job j
        WHERE j.status = 'queued' ORDER BY j.rank_at LIMIT 100) f
  WHERE f.need = ANY(%(needs)s::varchar[]) AND (f.not_before IS NULL OR f.not_before <= statement_timestamp())
  GROUP BY f.owner_id),
front AS MATERIALIZED (
  SELECT q.*, early.oldest
  FROM early CROSS JOIN LATERAL (
    SELECT u.owner_id, u.running, u.share, u."limit" - u.running AS room, u.running / u.share AS load
    FROM jobs_userqueue u WHERE u.owner_id = early.owner_id AND u.running < u."limit" OFFSET 0) q
  WHERE q.load = (SELECT MIN(load) FROM ready)),
line AS MATERIALIZED (
  SELECT front.* FROM front WHERE (SELECT COUNT(*) FROM front) >= %(users)s
  UNION ALL
  SELECT ready.*, COALESCE(
    (SELECT f.rank_at FROM (
       SELECT j.rank_at, j.need, j.not_before FROM jobs_job j
       WHERE j.owner_id = ready.owner_id AND j.status = 'queued' ORDER BY j.rank_at LIMIT 16) f
     WHERE f.need = ANY(%(needs)s::varchar[]) AND (f.not_before IS NULL OR f.not_before <= statement_timestamp())
     ORDER BY f.rank_at LIMIT 1),
    (SELECT MIN((SELECT j.rank_at FROM jobs_job j
       WHERE j.owner_id = ready.owner_id AND j.status = 'queued' AND j.need = able.need
         AND (j.not_before IS NULL OR j.not_before <= statement_timestamp())
       ORDER BY j.rank_at LIMIT 1)) FROM able))
  FROM ready WHERE (SELECT COUNT(*) FROM front) < %(users)s),
chosen AS MATERIALIZED (
  SELECT * FROM line WHERE oldest IS NOT NULL ORDER BY load, oldest, owner_id LIMIT %(users)s),
each_user AS MATERIALIZED (
  SELECT CAST(GREATEST(%(heads)s, (%(total)s + COUNT(*) - 1) / GREATEST(COUNT(*), 1)) AS integer) AS heads FROM chosen)
SELECT h.id, chosen.owner_id, h.need, h.rank_at, chosen.running, chosen.share, chosen.room,
  (SELECT TRUE FROM jobs_attempt a WHERE a.job_id = h.id LIMIT 1) AS tried
FROM chosen CROSS JOIN LATERAL (
  SELECT j.id, j.need, j.rank_at FROM (
    SELECT i.id, i.need, i.rank_at, i.not_before FROM jobs_job i
    WHERE i.owner_id = chosen.owner_id AND i.status = 'queued' AND i.rank_at >= chosen.oldest
    ORDER BY i.rank_at LIMIT (SELECT heads + 16 FROM each_user)) j
  WHERE j.need = ANY(%(needs)s::varchar[]) AND (j.not_before IS NULL OR j.not_before <= statement_timestamp())
  ORDER BY j.rank_at LIMIT (SELECT heads FROM each_user)) h
"""
SQLITE = """
WITH line AS MATERIALIZED (
  SELECT q.owner_id, q.running, q.share, q."limit" - q.running AS room,
    (SELECT j.rank_at FROM jobs_job j
     WHERE j.owner_id = q.owner_id AND j.status = 'queued' AND j.need IN (SELECT value FROM json_each(%(needs)s))
       AND (j.not_before IS NULL OR j.not_before <= strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'))
     ORDER BY j.rank_at LIMIT 1) AS oldest
  FROM jobs_userqueue q WHERE q.queued > 0 AND q.running < q."limit"),
chosen AS MATERIALIZED (
  SELECT * FROM line WHERE oldest IS NOT NULL ORDER BY running / share, oldest, owner_id LIMIT %(users)s),
each_user AS MATERIALIZED (
  SELECT CAST(MAX(%(heads)s, (%(total)s + COUNT(*) - 1) / MAX(COUNT(*), 1)) AS integer) AS heads FROM chosen)
SELECT h.id, chosen.owner_id, h.need, h.rank_at, chosen.running, chosen.share, chosen.room,
  EXISTS (SELECT 1 FROM jobs_attempt a WHERE a.job_id = h.id) AS tried
FROM chosen JOIN jobs_job h ON h.id IN (
  SELECT j.id FROM jobs_job j
  WHERE j.owner_id = chosen.owner_id AND j.status = 'queued' AND j.need IN (SELECT value FROM json_each(%(needs)s))
    AND (j.not_before IS NULL OR j.not_before <= strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now'))
  ORDER BY j.rank_at, j.id LIMIT (SELECT heads FROM each_user))
"""


def read_heads(needs: Collection[str], *, users: int = USERS_LOOKED_AT, total: int) -> list[QueueHead]:
    """The first queued jobs with a need in `needs`, of the `users` users who come next.

    Reads HEADS_PER_USER jobs per user, or more if that gives fewer than `total` in all. Users with the
    smallest load come first; among equals, the user whose oldest job is oldest. Users at their limit do not
    count towards `users`, nor do users whose jobs all back off or have other needs.
    """
    values = {
        "needs": sorted(needs),
        "users": users,
        "heads": HEADS_PER_USER,
        "total": max(total, HEADS_AT_LEAST),
    }
    rows = _fetch(values)
    ended = ended_on([row[0] for row in rows if row[-1]])
    return [
        QueueHead(
            job_id,
            owner_id,
            need,
            rank_at,
            running,
            share,
            room,
            avoid=frozenset(ended[job_id]),
            refused=frozenset(node for node, errors in ended[job_id].items() if refuses(errors)),
        )
        for job_id, owner_id, need, rank_at, running, share, room, _ in rows
    ]


def _fetch(values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL, values)
            return list(cursor.fetchall())
        cursor.execute(SQLITE, values | {"needs": json.dumps(values["needs"])})
        return [_typed(row) for row in cursor.fetchall()]


def _typed(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Converts a row from SQLite, which returns ids and times as text."""
    job_id, owner_id, need, rank_at, *rest = row
    if isinstance(rank_at, str):
        rank_at = datetime.fromisoformat(rank_at)
    return (UUID(job_id), UUID(owner_id), need, rank_at.replace(tzinfo=UTC), *rest)


def ended_on(job_ids: Collection[UUID]) -> defaultdict[UUID, dict[int, list[str]]]:
    """By job id: the keys of the nodes on which its attempts have ended, and the errors that ended them there.

    Leaves out recalled prompts: their nodes were not to blame.
    """
    nodes: defaultdict[UUID, dict[int, list[str]]] = defaultdict(dict)
    if job_ids:
        ended = Attempt.objects.filter(job__in=job_ids).exclude(outcome__in=(Outcome.OPEN, Outcome.CANCELLED))
        for job_id, node_id, error in ended.values_list("job_id", "node_id", "error"):
            nodes[job_id].setdefault(node_id, []).append(error)
    return nodes

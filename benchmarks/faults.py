"""Faults of a chaos run: one function per kind.

Faults that must be undone are undone while the next ones run.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from benchmarks.crowd import Crowd, Wish
from benchmarks.judge import holders_of
from benchmarks.processes import Process
from benchmarks.product import NodeBox, Product
from benchmarks.proxy import FAIL, HOLD, PASS

PAUSE_LEASES = 2.2
MOMENT_S = 15.0
LOOK_S = 0.05
BROKER_AWAY_S, ALARM_S, REDIS_AWAY_S = 2.0, 6.0, 2.0
STORAGE_FAILS_S, DISK_FULL_S, UNREACHABLE_S, ZOMBIE_S = 4.0, 4.0, 5.0, 6.0
SLOW_STORAGE_S = 1.5


@dataclass(frozen=True)
class Harm:
    """From this time (seconds since 1970) the process could no longer hold its jobs."""

    process: str
    at: float


@dataclass
class Scene:
    """The running product, its users, and a record of the harm done to workers."""

    product: Product
    crowd: Crowd
    chance: random.Random
    harms: list[Harm] = field(default_factory=list)
    extra: int = 1_000
    _undoing: dict[str, threading.Thread] = field(default_factory=dict)

    def strike(self, kind: str) -> None:
        FAULTS[kind](self)

    def later(self, what: str, seconds: float, undo: Callable[[], object]) -> None:
        """Calls `undo` after `seconds`. The next fault of the same part `what` waits for it."""

        def wait_and_undo() -> None:
            time.sleep(seconds)
            undo()

        thread = threading.Thread(target=wait_and_undo, daemon=True)
        self._undoing[what] = thread
        thread.start()

    def wait_for(self, what: str) -> None:
        """Waits until an earlier fault of `what` is undone."""
        if thread := self._undoing.pop(what, None):
            thread.join()

    def wait_until_undone(self) -> None:
        for what in list(self._undoing):
            self.wait_for(what)

    def pick_node(self) -> NodeBox:
        node = self.chance.choice(self.product.nodes)
        self.wait_for(node.name)
        return node

    def pick_worker(self) -> Process:
        return self.chance.choice(self.product.workers)

    def ask(self, query: str, *values: object) -> list[tuple]:
        """Rows of the product's database, or no rows while it is away."""
        try:
            with psycopg.connect(self.product.stack.postgres.url, connect_timeout=5) as connection:
                return connection.execute(query, values).fetchall()
        except psycopg.Error:
            return []

    def holder_of(self, job_id: str) -> Process | None:
        """The worker that claimed or adopted the job last, according to the workers' logs."""
        name = holders_of(self.product.read_logs()).get(job_id)
        return next((worker for worker in self.product.workers if worker.log.stem == name), None)

    def pause(self, worker: Process) -> None:
        """Pauses the worker until its leases have ended, then resumes it."""
        self.harms.append(Harm(worker.log.stem, time.time()))
        worker.pause()
        time.sleep(PAUSE_LEASES * self.product.lease_s)
        worker.resume()


def kill_worker(scene: Scene) -> None:
    worker = scene.pick_worker()
    scene.harms.append(Harm(worker.log.stem, time.time()))
    worker.kill_all()
    worker.spawn()


def pause_worker(scene: Scene) -> None:
    """Pauses a worker with a longer-running prompt, so that it wakes while another worker holds the job."""
    scene.extra += 1
    wish = Wish(scene.extra, "trial_colour", seconds=round(PAUSE_LEASES * scene.product.lease_s + 5, 1))
    scene.crowd.submit(wish)
    running = (
        "SELECT 1 FROM jobs_attempt WHERE job_id = %s AND execution_started_at > now() - interval '2 s'"
        " AND ended_at IS NULL"
    )
    worker = _wait(lambda: scene.ask(running, wish.job_id) and scene.holder_of(wish.job_id))
    scene.pause(worker or scene.pick_worker())


def pause_worker_saving(scene: Scene) -> None:
    """Pauses a worker that is storing a result, so that another worker finishes the job before its last write."""
    storage = scene.product.storage
    assert storage
    scene.wait_for("storage")
    storage.delay_s = SLOW_STORAGE_S
    worker = _wait(lambda: _holder_of_saving(scene))
    scene.harms.append(Harm((worker or scene.product.workers[0]).log.stem, time.time()))
    (worker or scene.product.workers[0]).pause()
    storage.delay_s = 0.0
    time.sleep(PAUSE_LEASES * scene.product.lease_s)
    (worker or scene.product.workers[0]).resume()


def _holder_of_saving(scene: Scene) -> Process | None:
    saving = scene.ask("SELECT id FROM jobs_job WHERE stage = 'saving'")
    return scene.holder_of(str(saving[0][0])) if saving else None


def _wait(found: Callable[[], Process | list | None]) -> Process | None:
    deadline = time.monotonic() + MOMENT_S
    while time.monotonic() < deadline:
        if worker := found():
            return worker  # type: ignore[return-value]  # a list is always empty here
        time.sleep(LOOK_S)
    return None


def kill_node(scene: Scene) -> None:
    scene.pick_node().restart()


def make_zombie(scene: Scene) -> None:
    """Makes a node accept prompts but run none, until it is restarted."""
    node = scene.pick_node()
    node.set_faults(zombie=True)
    scene.later(node.name, ZOMBIE_S, node.restart)


def lose_answer(scene: Scene) -> None:
    scene.pick_node().set_faults(drop_answers=2)


def fill_disk(scene: Scene) -> None:
    node = scene.pick_node()
    node.set_faults(full_disk=True)
    scene.later(node.name, DISK_FULL_S, lambda: node.set_faults(full_disk=False))


def cut_node_off(scene: Scene) -> None:
    node = scene.pick_node()
    node.proxy.mode = HOLD
    scene.later(node.name, UNREACHABLE_S, lambda: setattr(node.proxy, "mode", PASS))


def kill_broker(scene: Scene) -> None:
    scene.wait_for("broker")
    scene.product.stack.rabbitmq.kill()
    scene.later("broker", BROKER_AWAY_S, scene.product.stack.rabbitmq.start)


def wipe_broker(scene: Scene) -> None:
    scene.wait_for("broker")
    scene.product.stack.rabbitmq.kill()
    scene.product.stack.rabbitmq.wipe()
    scene.later("broker", BROKER_AWAY_S, scene.product.stack.rabbitmq.start)


def alarm_broker(scene: Scene) -> None:
    scene.wait_for("broker")
    scene.product.stack.rabbitmq.raise_alarm()
    scene.later("broker", ALARM_S, scene.product.stack.rabbitmq.end_alarm)


def restart_database(scene: Scene) -> None:
    scene.product.stack.postgres.restart_immediately()


def flush_redis(scene: Scene) -> None:
    scene.wait_for("redis")
    scene.product.stack.redis.flush()


def kill_redis(scene: Scene) -> None:
    scene.wait_for("redis")
    scene.product.stack.redis.kill()
    scene.later("redis", REDIS_AWAY_S, scene.product.stack.redis.start)


def fail_storage(scene: Scene) -> None:
    storage = scene.product.storage
    assert storage
    scene.wait_for("storage")
    storage.mode = FAIL
    scene.later("storage", STORAGE_FAILS_S, lambda: setattr(storage, "mode", PASS))


def kill_web(scene: Scene) -> None:
    assert scene.product.web
    scene.product.web.kill_all()
    scene.product.web.spawn()


def kill_beat(scene: Scene) -> None:
    assert scene.product.beat
    scene.product.beat.kill_all()
    scene.product.beat.spawn()


FAULTS: dict[str, Callable[[Scene], None]] = {
    "worker_kill": kill_worker,
    "worker_pause": pause_worker,
    "worker_pause_saving": pause_worker_saving,
    "node_kill": kill_node,
    "node_zombie": make_zombie,
    "node_answer_lost": lose_answer,
    "node_disk_full": fill_disk,
    "node_unreachable": cut_node_off,
    "broker_kill": kill_broker,
    "broker_wiped": wipe_broker,
    "broker_alarm": alarm_broker,
    "database_restart": restart_database,
    "redis_flush": flush_redis,
    "redis_kill": kill_redis,
    "storage_errors": fail_storage,
    "web_kill": kill_web,
    "beat_kill": kill_beat,
}
FULL = Counter(dict.fromkeys(FAULTS, 1)) + Counter(
    {
        "worker_kill": 2,
        "worker_pause": 1,
        "worker_pause_saving": 1,
        "node_kill": 1,
        "node_answer_lost": 1,
        "database_restart": 1,
    }
)
SHORT = Counter(
    ["worker_kill", "worker_pause", "node_kill", "node_answer_lost", "broker_kill", "database_restart"]
)


def draw_faults(chance: random.Random, kinds: Counter[str]) -> list[tuple[str, float]]:
    """Kinds and the seconds before each, in order of execution."""
    order = sorted(kinds.elements())
    chance.shuffle(order)
    return [(kind, round(chance.uniform(0.3, 2.5), 2)) for kind in order]

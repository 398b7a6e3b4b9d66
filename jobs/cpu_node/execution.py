"""Runs one prompt: node order, caching, events, errors. Only the worker thread runs prompts."""

import threading
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jobs.cpu_node.cache import Cache, Entry, Signatures, is_link, links_of
from jobs.cpu_node.faults import Faults
from jobs.cpu_node.files import Files
from jobs.cpu_node.memory import release_freed_memory
from jobs.cpu_node.messages import (
    Outlet,
    ProgressBoard,
    encode_preview,
    event,
    legacy_preview,
    now_ms,
    preview_frame,
    text_frame,
)
from jobs.cpu_node.nodes.arrays import Picture
from jobs.cpu_node.nodes.registry import Outcome, Registry
from jobs.cpu_node.ordering import arrange, collect, reachable
from jobs.cpu_node.prompts import Prompt, Prompts, Result

_OUT_OF_MEMORY = "torch.OutOfMemoryError"
_OUT_OF_MEMORY_ADVICE = (
    "\nThis error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might have "
    "accidentally set the batch_size to a large number."
)


class Interrupted(Exception):
    """The prompt was interrupted. Raised before a node starts or at a progress step."""


@dataclass
class Executor:
    """Runs prompts. Other threads set `interrupt`; a run checks it between nodes and at progress steps."""

    registry: Registry
    files: Files
    outlet: Outlet
    cache: Cache = field(default_factory=Cache)
    faults: Faults = field(default_factory=Faults)
    interrupt: threading.Event = field(default_factory=threading.Event)
    client_id: str | None = None
    current_node: str | None = None

    def run(self, prompt: Prompt) -> Result:
        """Run a prompt to its end. A node's error becomes part of the result and is not raised."""
        self.interrupt.clear()
        self.client_id, self.current_node = prompt.client_id, None
        return _Run(self, prompt).run()

    def tell_end(self, prompt: Prompt) -> None:
        """Send the last message of every prompt: `executing` without a node."""
        self.current_node = None
        if prompt.client_id is not None:
            end = event("executing", {"node": None, "prompt_id": prompt.id})
            self.outlet.send(end, prompt.client_id)


class _Run:
    """The state of one prompt's execution."""

    def __init__(self, executor: Executor, prompt: Prompt) -> None:
        self.executor, self.prompt = executor, prompt
        self.graph = prompt.graph
        self.result = Result("success")
        self.board = ProgressBoard(prompt)
        self.executed: list[str] = []
        self.live: dict[str, Entry] = {}
        self.uses: Counter[str] = Counter()
        self.counted: set[str] = set()
        needed = (self.graph[node] for node in self.needed())
        self.sources = {str(link[0]) for node in needed for link in links_of(node)}
        self.signatures = Signatures(self.graph, executor.registry, executor.files)

    def run(self) -> Result:
        self.note("execution_start", {"prompt_id": self.prompt.id})
        self.executor.faults.wait_while_zombie()
        node_id = ""
        try:
            order = self.plan()
            self.executor.interrupt.wait(self.executor.faults.seconds("delay_ms"))
            for position, node_id in enumerate(order, 1):
                self.executor.faults.die_if_due(position)
                self.executor.interrupt.wait(self.executor.faults.seconds("node_delay_ms"))
                self.visit(node_id)
        except Interrupted:
            self.end_interrupted(node_id)
        except Exception as error:  # noqa: BLE001 - a node's error is the prompt's result, the next prompt runs
            self.end_failed(node_id, error)
        else:
            self.note("execution_success", {"prompt_id": self.prompt.id})
        return self.result

    # -- planning

    def plan(self) -> list[str]:
        """Decide which nodes run. `live` then has the cached results they need, even if the cache drops them."""
        known = {node: entry for node in self.needed() if (entry := self.cached(node)) is not None}
        nodes = collect(self.graph, self.prompt.outputs, lambda node: node in known)
        runs = [node for node in nodes if node not in known]
        self.counted = set(runs)
        for node in runs:
            for link in links_of(self.graph[node]):
                self.uses[self.signatures.of(str(link[0]))] += 1
        for node, entry in known.items():
            if self.uses[self.signatures.of(node)] or node in nodes:
                self.live[self.signatures.of(node)] = entry
        needed = self.needed()
        idle = [node for node in self.graph if node in needed and node not in runs]
        self.note("execution_cached", {"nodes": idle, "prompt_id": self.prompt.id})
        return arrange(self.graph, nodes, self.is_output)

    def needed(self) -> set[str]:
        return reachable(self.graph, *self.prompt.outputs)

    def cached(self, node_id: str) -> Entry | None:
        entry = self.executor.cache.get(self.signatures.of(node_id))
        return entry if entry is not None and (entry.is_whole or node_id not in self.sources) else None

    def is_output(self, node_id: str) -> bool:
        return self.executor.registry[self.graph[node_id]["class_type"]].is_output

    # -- one node

    def visit(self, node_id: str) -> None:
        signature = self.signatures.of(node_id)
        entry = self.live.get(signature) or self.cached(node_id)
        if entry is not None:
            self.show(node_id, entry)
            self.tell(self.board.set(node_id, 1, 1, "finished"))
        else:
            entry = self.execute(node_id)
            keep = entry if entry.ui is None else entry.without_outputs()
            self.executor.cache.put(signature, keep)
            self.executed.append(node_id)
        if node_id in self.counted:
            self.release(node_id)
        if self.uses[signature]:
            self.live[signature] = entry

    def execute(self, node_id: str) -> Entry:
        self.executor.current_node = node_id
        self.tell(self.board.set(node_id, 0.0, 1.0, "running"))
        self.tell_client("executing", {"node": node_id, "display_node": node_id, "prompt_id": self.prompt.id})
        self.raise_if_interrupted()
        node = self.executor.registry[self.graph[node_id]["class_type"]]
        inputs = {
            entry.name: value
            for entry in node.inputs
            if (value := self.value(node_id, entry.name)) is not _ABSENT
        }
        context = (_NodeContext(self, node_id),) if node.needs_context else ()
        entry = _as_entry(node.run(*context, **inputs))
        self.show(node_id, entry)
        self.tell(self.board.finish(node_id))
        return entry

    def value(self, node_id: str, name: str) -> Any:
        inputs = self.graph[node_id]["inputs"]
        if name not in inputs:
            return _ABSENT
        value = inputs[name]
        if not is_link(value):
            return value
        return self.live[self.signatures.of(str(value[0]))].outputs[value[1]]

    def release(self, node_id: str) -> None:
        """Drop the inputs that no later node needs."""
        for link in links_of(self.graph[node_id]):
            signature = self.signatures.of(str(link[0]))
            self.uses[signature] -= 1
            if self.uses[signature] <= 0:
                self.live.pop(signature, None)

    def show(self, node_id: str, entry: Entry) -> None:
        if entry.ui is None:
            return
        self.result.outputs[node_id] = entry.ui
        self.result.meta[node_id] = {
            "node_id": node_id,
            "display_node": node_id,
            "parent_node": None,
            "real_node_id": node_id,
        }
        about = {"node": node_id, "display_node": node_id, "output": entry.ui, "prompt_id": self.prompt.id}
        self.tell_client("executed", about)

    # -- messages

    def note(self, kind: str, data: dict[str, Any], *, to_all: bool = False) -> None:
        """Send an event and record it for the history."""
        stamped = {**data, "timestamp": now_ms()}
        self.result.messages.append((kind, stamped))
        if to_all:
            self.tell(event(kind, stamped))
        else:
            self.tell_client(kind, stamped)

    def tell(self, message: str | bytes) -> None:
        """Send to the prompt's client, or to every socket if the prompt names none."""
        self.executor.outlet.send(message, self.prompt.client_id)

    def tell_client(self, kind: str, data: dict[str, Any]) -> None:
        if self.prompt.client_id is not None:
            self.executor.outlet.send(event(kind, data), self.prompt.client_id)

    def raise_if_interrupted(self) -> None:
        if self.executor.interrupt.is_set():
            raise Interrupted

    # -- errors and interrupts

    def about_end(self, node_id: str) -> dict[str, Any]:
        self.result.status = "error"
        self.result.outputs, self.result.meta = {}, {}
        return {
            "prompt_id": self.prompt.id,
            "node_id": node_id,
            "node_type": self.graph.get(node_id, {}).get("class_type"),
            "executed": self.executed,
        }

    def end_interrupted(self, node_id: str) -> None:
        self.note("execution_interrupted", self.about_end(node_id), to_all=True)

    def end_failed(self, node_id: str, error: Exception) -> None:
        kind = _name_of(type(error))
        message = f"{error}{_OUT_OF_MEMORY_ADVICE}" if kind == _OUT_OF_MEMORY else f"{error}\n"
        details = {
            "exception_message": message,
            "exception_type": kind,
            "traceback": traceback.format_tb(error.__traceback__),
            "current_inputs": {
                name: [_describe(self.value(node_id, name))]
                for name in self.graph.get(node_id, {}).get("inputs", {})
            },
            "current_outputs": list(self.graph),
        }
        self.note("execution_error", self.about_end(node_id) | details)


@dataclass
class _NodeContext:
    """Gives a running node its files, graph and extra data, and sends its progress."""

    run: _Run
    node_id: str

    @property
    def files(self) -> Files:
        return self.run.executor.files

    @property
    def graph(self) -> dict[str, Any]:
        return self.run.graph

    @property
    def extra_data(self) -> dict[str, Any]:
        return self.run.prompt.extra_data

    def report_progress(self, value: int, total: int, preview: Picture | None = None) -> None:
        run, client_id = self.run, self.run.prompt.client_id
        run.raise_if_interrupted()
        run.tell(run.board.set(self.node_id, value, total, "running"))
        jpeg = None if preview is None else encode_preview(preview)
        modern = run.executor.outlet.wants_metadata(client_id)
        if jpeg is not None and modern:
            run.tell(preview_frame(jpeg, run.prompt.id, self.node_id))
        about = {"value": value, "max": total, "prompt_id": run.prompt.id, "node": self.node_id}
        run.tell(event("progress", about))
        if jpeg is not None and not modern:
            run.tell(legacy_preview(jpeg))

    def send_text(self, text: str) -> None:
        self.run.tell(text_frame(self.node_id, text))

    def sleep_until(self, deadline: float) -> None:
        time.sleep(max(0.0, deadline - time.monotonic()))


_ABSENT: Any = object()


def _as_entry(value: Any) -> Entry:
    if isinstance(value, Outcome):
        return Entry(value.outputs, value.ui)
    return Entry(tuple(value))


def _name_of(kind: type[Exception]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _describe(value: Any) -> Any:
    """An input as an error report shows it; of an array, only the shape."""
    return f"tensor(shape={list(value.shape)})" if isinstance(value, np.ndarray) else value


def work(prompts: Prompts, executor: Executor, faults: Faults) -> None:
    """The worker thread's loop: run one prompt after another, forever."""
    while True:
        prompt = prompts.take(when_idle=release_freed_memory)
        result = executor.run(prompt)
        time.sleep(faults.seconds("history_delay_ms"))
        prompts.finish(prompt, result)
        executor.tell_end(prompt)
        faults.pause()

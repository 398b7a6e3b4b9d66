"""What a node class declares, and how `/object_info` shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jobs.cpu_node.files import Files
from jobs.cpu_node.nodes.arrays import Picture

Registry = Mapping[str, "NodeClass"]


class Context(Protocol):
    """What a running node may use besides its inputs."""

    files: Files
    graph: dict[str, Any]
    extra_data: dict[str, Any]

    def report_progress(self, value: int, total: int, preview: Picture | None = None) -> None:
        """Tell the client how far the node is. Raises Interrupted if the prompt was interrupted."""

    def send_text(self, text: str) -> None:
        """Send a line of text about this node to the client."""

    def sleep_until(self, deadline: float) -> None:
        """Wait without using the processor until `time.monotonic()` reaches the deadline."""


@dataclass(frozen=True)
class Outcome:
    """The result of a node that has something to show: values for its outputs, and `ui` for the client."""

    outputs: tuple[Any, ...]
    ui: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Input:
    """One input: its type (IMAGE, MASK, INT, FLOAT, STRING, BOOLEAN, COMBO, ...) and limits."""

    name: str
    type: str
    config: dict[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] | Callable[[Files], list[str]] | None = None
    required: bool = True

    def choices(self, files: Files) -> list[str]:
        """The allowed values of a COMBO."""
        if callable(self.options):
            return self.options(files)
        return list(self.options or ())

    def describe(self, files: Files, *, modern: bool) -> list[Any]:
        """The entry of `/object_info`. ComfyUI has two formats: one for older classes, one for modern classes."""
        if self.type != "COMBO":
            return [self.type, self.config] if self.config or modern or self.type == "*" else [self.type]
        if modern:
            return ["COMBO", {**self.config, "multiselect": False, "options": self.choices(files)}]
        return [self.choices(files), self.config] if self.config else [self.choices(files)]


@dataclass(frozen=True)
class NodeClass:
    """A node class. `run` takes the inputs by name, preceded by the context if `needs_context` is set.

    `check` runs at submit and returns complaints about the literal inputs by input name, empty if there are none.
    `fingerprint` is part of the cache signature: it changes when a file changes behind an equal input.
    """

    name: str
    run: Callable[..., Any]
    inputs: tuple[Input, ...]
    outputs: tuple[str, ...]
    category: str
    title: str
    description: str = ""
    output_names: tuple[str, ...] = ()
    is_output: bool = False
    modern: bool = True
    hidden: tuple[str, ...] = ()
    needs_context: bool = False
    fingerprint: Callable[[Files, dict[str, Any]], str] | None = None
    check: Callable[[Files, dict[str, Any]], dict[str, str]] | None = None

    def describe(self, files: Files) -> dict[str, Any]:
        """The class as `/object_info` shows it."""
        groups = self._describe_inputs(files)
        about: dict[str, Any] = {
            "input": groups,
            "input_order": {group: list(entries) for group, entries in groups.items()},
            "is_input_list": False,
            "output": list(self.outputs),
            "output_is_list": [False] * len(self.outputs),
            "output_name": list(self.output_names or self.outputs),
            "name": self.name,
            "display_name": self.title,
            "description": self.description,
            "python_module": self.run.__module__,
            "category": self.category,
            "output_node": self.is_output,
            "has_intermediate_output": False,
            "search_aliases": [],
        }
        return about | (self._modern_keys() if self.modern else {})

    def _describe_inputs(self, files: Files) -> dict[str, dict[str, Any]]:
        groups: dict[str, dict[str, Any]] = {"required": {}}
        for entry in self.inputs:
            group = groups.setdefault("required" if entry.required else "optional", {})
            group[entry.name] = entry.describe(files, modern=self.modern)
        if self.hidden:
            groups["hidden"] = {name: [name.upper()] if self.modern else name.upper() for name in self.hidden}
        return groups

    def _modern_keys(self) -> dict[str, Any]:
        return {
            "output_tooltips": [None] * len(self.outputs),
            "output_matchtypes": None,
            "deprecated": False,
            "experimental": False,
            "dev_only": False,
            "api_node": False,
            "price_badge": None,
            "essentials_category": None,
        }


def picture(name: str = "image") -> Input:
    return Input(name, "IMAGE")


def mask_input(name: str = "mask", *, required: bool = True) -> Input:
    return Input(name, "MASK", required=required)


def integer(name: str, default: int, low: int, high: int, **config: Any) -> Input:
    return Input(name, "INT", {"default": default, "min": low, "max": high, **config})


def number(name: str, default: float, low: float, high: float, **config: Any) -> Input:
    return Input(name, "FLOAT", {"default": default, "min": low, "max": high, **config})


def choice(name: str, *options: str, **config: Any) -> Input:
    return Input(name, "COMBO", config, options=options)

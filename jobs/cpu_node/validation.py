"""Checks a graph at submit, with the exact error shapes of ComfyUI 0.28. Converts accepted literals in place.

An output whose nodes are all valid is accepted even if another output is not; the errors are reported either way.
"""

import traceback
from dataclasses import dataclass, field
from typing import Any

from jobs.cpu_node.cache import is_link, links_of
from jobs.cpu_node.files import Files
from jobs.cpu_node.nodes.registry import Input, NodeClass, Registry

_CONVERSIONS = {"INT": int, "FLOAT": float, "STRING": str, "BOOLEAN": bool}
Error = dict[str, Any]


@dataclass
class Verdict:
    """The result of a check: the outputs that will run, `error` if there are none, and the errors by node."""

    outputs: list[str] = field(default_factory=list)
    error: Error | None = None
    node_errors: dict[str, Any] = field(default_factory=dict)


def make_error(kind: str, message: str, details: str, extra: dict[str, Any] | None = None) -> Error:
    return {"type": kind, "message": message, "details": details, "extra_info": extra or {}}


def validate(graph: dict[str, Any], targets: list[str] | None, registry: Registry, files: Files) -> Verdict:
    """Check a graph. `targets` limits it to some outputs. Converts literals to the type their input declares."""
    for node_id, node in graph.items():
        missing = _check_class(node_id, node, registry)
        if missing:
            return Verdict(error=missing)
    outputs = [node_id for node_id, node in graph.items() if registry[node["class_type"]].is_output]
    if targets is not None:
        outputs = [node_id for node_id in outputs if node_id in targets]
    if not outputs:
        return Verdict(error=make_error("prompt_no_outputs", "Prompt has no outputs", ""))
    return _Validator(graph, registry, files).judge(outputs)


def _check_class(node_id: str, node: Any, registry: Registry) -> Error | None:
    kind = node.get("class_type")
    if kind in registry:
        return None
    title = (node.get("_meta") or {}).get("title")
    if kind is None:
        problem = "has no class_type. The workflow may be corrupted or a custom node is missing."
        message = f"Node '{title or f'ID #{node_id}'}' {problem}"
    else:
        message = f"Node '{title or kind}' not found. The custom node may not be installed."
    extra = {"node_id": node_id, "class_type": kind, "node_title": title}
    return make_error("missing_node_type", message, f"Node ID '#{node_id}'", extra)


class _Validator:
    """Checks the outputs and the nodes they depend on, each node once."""

    def __init__(self, graph: dict[str, Any], registry: Registry, files: Files) -> None:
        self.graph, self.registry, self.files = graph, registry, files
        self.errors: dict[str, list[Error]] = {}
        self.valid: dict[str, bool] = {}
        self.path: list[str] = []

    def judge(self, outputs: list[str]) -> Verdict:
        good, reasons, node_errors = [], [], dict[str, Any]()
        for output in outputs:
            before = set(self.errors)
            if self.check_output(output):
                good.append(output)
                continue
            reasons += [f"{error['message']}: {error['details']}" for error in self.errors.get(output, [])]
            self._blame(output, before, node_errors)
        if good:
            return Verdict(good, None, node_errors)
        error = make_error(
            "prompt_outputs_failed_validation", "Prompt outputs failed validation", "\n".join(reasons)
        )
        return Verdict([], error, node_errors)

    def _blame(self, output: str, before: set[str], node_errors: dict[str, Any]) -> None:
        """List the output as dependent on each faulty node that it reaches."""
        mine = (set(self.errors) - before) | {node for node in self.errors if self._reaches(output, node)}
        for node_id in (node for node in self.errors if node in mine):
            entry = node_errors.setdefault(
                node_id,
                {
                    "errors": self.errors[node_id],
                    "dependent_outputs": [],
                    "class_type": self.graph[node_id]["class_type"],
                },
            )
            entry["dependent_outputs"].append(output)

    def _reaches(self, start: str, wanted: str) -> bool:
        seen, waiting = set[str](), [start]
        while waiting:
            node_id = waiting.pop()
            if node_id == wanted:
                return True
            if node_id not in seen and node_id in self.graph:
                seen.add(node_id)
                waiting += [str(link[0]) for link in links_of(self.graph[node_id]) if link]
        return False

    def check_output(self, node_id: str) -> bool:
        try:
            return self.check(node_id)
        except Exception as error:  # noqa: BLE001 - any error here means a malformed graph
            self.path.clear()
            self.valid[node_id] = False
            extra = {"exception_type": type(error).__name__, "traceback": _traceback(error)}
            self.add(
                node_id,
                make_error(
                    "exception_during_validation", "Exception when validating node", str(error), extra
                ),
            )
            return False

    def check(self, node_id: str) -> bool:
        if node_id in self.valid:
            return self.valid[node_id]
        if node_id in self.path:
            self.add_cycle(node_id)
            return False
        node = self.graph[node_id]
        kind = self.registry[node["class_type"]]
        self.path.append(node_id)
        # A list, not a generator: every input is checked even after a bad one.
        results = [self.check_input(node_id, node.get("inputs", {}), entry) for entry in kind.inputs]
        self.path.pop()
        valid = all(results) and not self.errors.get(node_id) and self.check_custom(node_id, kind)
        self.valid[node_id] = valid
        return valid

    def check_input(self, node_id: str, inputs: dict[str, Any], entry: Input) -> bool:
        if entry.name not in inputs:
            if not entry.required:
                return True
            extra = {"input_name": entry.name}
            message = "Required input is missing"
            return self.add(node_id, make_error("required_input_missing", message, entry.name, extra))
        if is_link(inputs[entry.name]):
            return self.check_link(node_id, entry, inputs[entry.name])
        return self.check_literal(node_id, inputs, entry)

    def check_link(self, node_id: str, entry: Input, link: list[Any]) -> bool:
        about = self.about(node_id, entry)
        if len(link) != 2:
            message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
            extra = about | {"received_value": link}
            return self.add(node_id, make_error("bad_linked_input", message, entry.name, extra))
        source = self.graph[link[0]]
        received = self.registry[source["class_type"]].outputs[link[1]]
        if received != entry.type and entry.type != "*":
            details = f"{entry.name}, received_type({received}) mismatch input_type({entry.type})"
            extra = about | {"received_type": received, "linked_node": link}
            message = "Return type mismatch between linked nodes"
            return self.add(node_id, make_error("return_type_mismatch", message, details, extra))
        try:
            return self.check(link[0])
        except Exception as error:  # noqa: BLE001 - as above: reported to the client
            self.path[self.path.index(node_id) + 1 :] = []
            self.valid[link[0]] = False
            extra = about | {
                "exception_message": str(error),
                "exception_type": type(error).__name__,
                "traceback": _traceback(error),
                "linked_node": link,
            }
            kind = "exception_during_inner_validation"
            return self.add(
                link[0], make_error(kind, "Exception when validating inner node", str(error), extra)
            )

    def check_literal(self, node_id: str, inputs: dict[str, Any], entry: Input) -> bool:
        about = self.about(node_id, entry)
        value = inputs[entry.name]
        convert = _CONVERSIONS.get(entry.type)
        if convert is not None:
            try:
                value = inputs[entry.name] = convert(value)
            except (ValueError, TypeError, OverflowError) as error:
                details = f"{entry.name}, {value}, {error}"
                extra = about | {"received_value": value, "exception_message": str(error)}
                message = f"Failed to convert an input value to a {entry.type} value"
                return self.add(node_id, make_error("invalid_input_type", message, details, extra))
        return self.check_limits(node_id, entry, value, about | {"received_value": value})

    def check_limits(self, node_id: str, entry: Input, value: Any, extra: dict[str, Any]) -> bool:
        if "min" in entry.config and value < entry.config["min"]:
            message = f"Value {value} smaller than min of {entry.config['min']}"
            return self.add(node_id, make_error("value_smaller_than_min", message, entry.name, extra))
        if "max" in entry.config and value > entry.config["max"]:
            message = f"Value {value} bigger than max of {entry.config['max']}"
            return self.add(node_id, make_error("value_bigger_than_max", message, entry.name, extra))
        checked_by_class = self.registry[self.graph[node_id]["class_type"]].check is not None
        if entry.type == "COMBO" and not checked_by_class and value not in entry.choices(self.files):
            details = f"{entry.name}: '{value}' not in {entry.choices(self.files)}"
            return self.add(node_id, make_error("value_not_in_list", "Value not in list", details, extra))
        return True

    def check_custom(self, node_id: str, kind: NodeClass) -> bool:
        complaints = kind.check(self.files, self.graph[node_id]["inputs"]) if kind.check else {}
        for name, complaint in complaints.items():
            message = "Custom validation failed for node"
            details = f"{name} - {complaint}"
            self.add(node_id, make_error("custom_validation_failed", message, details, {"input_name": name}))
        return not complaints

    def about(self, node_id: str, entry: Input) -> dict[str, Any]:
        modern = self.registry[self.graph[node_id]["class_type"]].modern
        return {"input_name": entry.name, "input_config": entry.describe(self.files, modern=modern)}

    def add(self, node_id: str, error: Error) -> bool:
        self.errors.setdefault(node_id, []).append(error)
        return False

    def add_cycle(self, node_id: str) -> None:
        cycle = self.path[self.path.index(node_id) :]
        cycle_text = " -> ".join(f"{node} ({self.graph[node]['class_type']})" for node in [*cycle, node_id])
        for node in cycle:
            extra = {"node_id": node, "cycle_nodes": cycle}
            self.add(node, make_error("dependency_cycle", "Dependency cycle detected", cycle_text, extra))


def _traceback(error: Exception) -> list[str]:
    return traceback.format_tb(error.__traceback__)

"""Names operations so that they read well as methods of a client: `list_jobs`, `create_job`, `cancel_job`."""

from __future__ import annotations

from collections.abc import Sequence

VERBS = {"POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
PARAMETER = "{"


def operation_id(method: str, path: str, *, is_list: bool) -> str:
    """The name of the operation at `path`, such as `jobs/{job_id}/cancel`. `is_list`: it answers with rows."""
    parts = [part.replace("-", "_") for part in path.strip("/").split("/")]
    if parts[0] == "auth" and method == "POST":
        return "_".join(parts[1:])
    if method == "POST" and len(parts) > 2 and not parts[-1].startswith(PARAMETER):
        return f"{parts[-1]}_{_thing(parts[:-1])}"
    if method == "GET":
        is_whole = not parts[-1].startswith(PARAMETER)
        return f"list_{_thing(parts, whole=True)}" if is_list else f"get_{_thing(parts, whole=is_whole)}"
    return f"{VERBS[method]}_{_thing(parts)}"


def _thing(parts: Sequence[str], *, whole: bool = False) -> str:
    """What a path is about: `jobs/{job_id}/events` is `job_event`, and as a `whole` it is `job_events`."""
    names = [part for part in parts if not part.startswith(PARAMETER) and part != "auth"]
    above, last = names[:-1], names[-1]
    return "_".join([*map(_one, above), last if whole else _one(last)])


def _one(name: str) -> str:
    return name.removesuffix("es") if name.endswith("ches") else name.removesuffix("s")

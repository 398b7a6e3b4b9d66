"""The errors that one prompt on one node can end with.

`code` is the failure code of the job that people and API clients see. `message` is safe to show to everyone;
`detail` is the node's own text (paths, tracebacks) for staff. `retryable` says that another attempt may
succeed.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar

from jobs.comfy.reading import read_text

LONGEST_DETAIL = 4000


class ComfyError(Exception):
    """Base of all errors that this package raises about a node or a prompt."""

    code: ClassVar[str] = "node_error"
    retryable: ClassVar[bool] = False
    words: ClassVar[str] = "The node could not finish this picture."

    def __init__(self, message: str = "", *, detail: str = "", outcome_unknown: bool = False) -> None:
        """`outcome_unknown`: the node may have accepted the prompt although no answer arrived."""
        self.message = message or self.words
        self.detail = read_text(detail, LONGEST_DETAIL)
        self.outcome_unknown = outcome_unknown
        super().__init__(self.message)


class NodeUnreachable(ComfyError):
    """The connection could not be made, or it broke."""

    code = "node_unavailable"
    retryable = True
    words = "The node cannot be reached."


class NodeTimeout(ComfyError):
    """The node did not answer in time."""

    code = "node_unavailable"
    retryable = True
    words = "The node did not answer in time."


class NodeBusyOrBroken(ComfyError):
    """The node answers, but not like a working ComfyUI: 5xx, malformed data, prompts that never run."""

    code = "node_unavailable"
    retryable = True
    words = "The node is not working properly."


class NodeStuck(NodeBusyOrBroken):
    """The node accepts prompts and runs none, e.g. after an internal exception; only a restart helps."""

    words = "The node accepts work but does not do it."


class NodeOccupied(ComfyError):
    """Other prompts came before a probe, so the probe proves nothing about the node."""

    code = "node_unavailable"
    retryable = True
    words = "The node is busy with other prompts."


class NodeLacksSomething(ComfyError):
    """This node lacks a node class or a sound model file, which another node may have."""

    code = "node_unavailable"
    retryable = True
    words = "The node lacks something that this preset needs."


class PhotoTooLarge(ComfyError):
    """The photo's file is larger than this node accepts (its `--max-upload-size`)."""

    code = "photo_too_large"
    retryable = True
    words = "The photo is larger than the node accepts."


class InputLost(ComfyError):
    """The photo is no longer on the node, or its file there is damaged. Every attempt uploads it anew."""

    code = "node_unavailable"
    retryable = True
    words = "The photo was missing on the node."


class InvalidWorkflow(ComfyError):
    """The graph itself is invalid; no node can run it."""

    code = "invalid_workflow"
    words = "The preset's workflow was refused."


class OutOfMemory(ComfyError):
    """The node's GPU (or host) ran out of memory while running the prompt."""

    code = "out_of_memory"
    retryable = True
    words = "The node ran out of memory."


class DiskFull(ComfyError):
    """The node could not write a file: no space left."""

    retryable = True
    words = "The node has no disk space left."


class GpuFailed(ComfyError):
    """The node's GPU or its driver failed. Often every later prompt fails too, until ComfyUI is restarted."""

    retryable = True
    words = "The graphics card of the node failed."


class ExecutionFailed(ComfyError):
    """A node of the graph raised an exception; `step` is that node's id."""

    words = "A step of the preset failed."

    def __init__(self, message: str = "", *, step: str = "", **more: Any) -> None:
        super().__init__(message, **more)
        self.step = step


class Interrupted(ComfyError):
    """The prompt was stopped on the node, by us or by another client."""

    code = "interrupted"
    retryable = True
    words = "The picture was stopped on its node, not by you."


class BadOutput(ComfyError):
    """The result is missing, cut off, or not a picture."""

    code = "bad_output"
    retryable = True
    words = "The node returned a damaged picture."


class PromptLost(ComfyError):
    """The node does not know a prompt that it had accepted: it restarted, or cancelled the waiting prompt."""

    code = "node_unavailable"
    retryable = True
    words = "The node lost this picture, probably because it restarted."


TRIES_PER_NODE = {
    PhotoTooLarge.__name__: 1,
    OutOfMemory.__name__: 2,  # the second one after the node was told to free its memory
}
"""How many of these ends on one node mean that only another node may get the job."""
REFUSALS = frozenset(TRIES_PER_NODE)


def refuses(errors: Iterable[str]) -> bool:
    """Whether a node on which a job ended with these errors (class names) should not get that job again."""
    ended = Counter(errors)
    return any(ended[name] >= most for name, most in TRIES_PER_NODE.items())

"""What can go wrong with one prompt on one node, as one small tree.

`code` is the job failure code people and API clients see, `message` is safe to show to anybody, `detail` is the node's
own words (paths, tracebacks) for staff. `retryable` asks whether another attempt may succeed; `elsewhere` adds
that it makes sense only on another node.
"""

from typing import ClassVar


class ComfyError(Exception):
    """Base of everything this package raises about a node or a prompt."""

    code: ClassVar[str] = "node_error"
    retryable: ClassVar[bool] = False
    elsewhere: ClassVar[bool] = False
    words: ClassVar[str] = "The node could not finish this picture."

    def __init__(self, message: str = "", *, detail: str = "", outcome_unknown: bool = False) -> None:
        """`outcome_unknown`: the node may have taken the prompt although nobody saw it say so."""
        self.message = message or self.words
        self.detail = detail
        self.outcome_unknown = outcome_unknown
        super().__init__(self.message)


class NodeUnreachable(ComfyError):
    """No connection, or it broke."""

    code = "node_unavailable"
    retryable = True
    words = "The node cannot be reached."


class NodeTimeout(ComfyError):
    """Connected, but no answer in time."""

    code = "node_unavailable"
    retryable = True
    words = "The node did not answer in time."


class NodeBusyOrBroken(ComfyError):
    """It answers, but not as a working ComfyUI would: 5xx, nonsense, or prompts that never run."""

    code = "node_unavailable"
    retryable = True
    words = "The node is not working properly."


class NodeStuck(NodeBusyOrBroken):
    """It accepts prompts and runs none, as after an exception outside of any prompt; only a restart helps."""

    words = "The node accepts work but does not do it."


class NodeOccupied(ComfyError):
    """Prompts of others came before a probe: it proves nothing, neither way."""

    code = "node_unavailable"
    retryable = True
    words = "The node is busy with other prompts."


class NodeLacksSomething(ComfyError):
    """A node class, model or input file is missing on this node; another node may have it."""

    code = "node_unavailable"
    retryable = True
    elsewhere = True
    words = "This node lacks something that the preset needs."


class InvalidWorkflow(ComfyError):
    """The graph itself is wrong; no node will ever run it."""

    code = "invalid_workflow"
    words = "The preset's workflow was refused."


class OutOfMemory(ComfyError):
    """The node's GPU (or host) ran out of memory while running the prompt."""

    code = "out_of_memory"
    retryable = True
    elsewhere = True
    words = "The node ran out of memory."


class DiskFull(ComfyError):
    """The node could not write a file: no space left."""

    retryable = True
    elsewhere = True
    words = "The node has no disk space left."


class ExecutionFailed(ComfyError):
    """A node of the graph raised an exception."""

    words = "A step of the preset failed."


class Interrupted(ComfyError):
    """The prompt was stopped on the node, by us or by somebody else."""

    retryable = True
    words = "The node stopped before the picture was finished."


class BadOutput(ComfyError):
    """The result is missing, cut off, or not a picture."""

    code = "bad_output"
    retryable = True
    words = "The node returned a damaged picture."


class PromptLost(ComfyError):
    """The node no longer knows a prompt that it had accepted (restart, or cancelled while it waited)."""

    code = "node_unavailable"
    retryable = True
    words = "The node lost this picture, probably by a restart."

"""The node classes by subject, and the registry of all of them.

A node class is a plain function with a declaration of its inputs and outputs. Pictures are float32 arrays of
batch x rows x columns x channels, masks of batch x rows x columns, both 0..1. An axis along which a picture does not
vary may have stride 0; the arithmetic in `arrays` uses this to save work. No node changes its inputs.

Not here: when a node runs, what is cached and which messages are sent (`jobs.cpu_node.execution`).
"""

from jobs.cpu_node.nodes import (
    blend,
    blur,
    colour,
    composite,
    geometry,
    inspect,
    load,
    mask,
    models,
    morphology,
    noise,
    save,
    scale,
    sources,
    trials,
)
from jobs.cpu_node.nodes.registry import NodeClass, Registry

_SUBJECTS = (
    sources, load, save, inspect, scale, geometry, blend, composite, blur, colour, mask, morphology, noise,
)  # fmt: skip
_TEST_SUBJECTS = (trials, models)


def build_registry(*, test_nodes: bool = False) -> Registry:
    """All node classes. `test_nodes` adds those that only tests use."""
    subjects = (*_SUBJECTS, *_TEST_SUBJECTS) if test_nodes else _SUBJECTS
    return {node.name: node for subject in subjects for node in subject.NODES}


__all__ = ["NodeClass", "Registry", "build_registry"]

"""The node classes by subject, and the registry that knows them.

A node class is a plain function with a declaration of its inputs and outputs. Pictures are float32 arrays of
batch x rows x columns x channels, masks of batch x rows x columns, both 0..1; an axis over which a picture does
not vary may have stride 0, which the arithmetic in `arrays` makes use of. No node changes its inputs.

Not here: when a node runs, what is cached and who is told (`jobs.cpu_node.execution`).
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
    """All node classes; with `test_nodes` those that only tests want as well."""
    subjects = (*_SUBJECTS, *_TEST_SUBJECTS) if test_nodes else _SUBJECTS
    return {node.name: node for subject in subjects for node in subject.NODES}


__all__ = ["NodeClass", "Registry", "build_registry"]

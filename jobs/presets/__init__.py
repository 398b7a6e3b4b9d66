"""Presets: a graph plus typed parameters, and the graph that is rendered from both.

Contains the description of a preset (`manifest`, `params`), the rules that turn values into a graph (`render`) and
those that take values out of a sent one (`recognition`), the checks (`check`) and the presets that come with Creator
(`catalog/`, `shipped`). Pure Python: no Django, no rows, no network, and nothing about nodes, users or prices except
the number in the manifest.
"""

from jobs.presets.manifest import Manifest, ManifestError, from_json, load_manifest
from jobs.presets.render import InvalidParameters, Photo, check_values, render_graph

__all__ = [
    "InvalidParameters",
    "Manifest",
    "ManifestError",
    "Photo",
    "check_values",
    "from_json",
    "load_manifest",
    "render_graph",
]

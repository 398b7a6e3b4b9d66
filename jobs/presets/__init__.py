"""What can be run: presets as a graph plus typed parameters, and the graph made from both.

Here live the description of a preset (`manifest`, `params`), the rules that turn what people send into a graph
(`render`), the checks (`check`) and the presets that come with Creator (`catalog/`, `shipped`). Pure Python: no Django,
no rows, no network, and nothing about nodes, users or prices beyond the number in the manifest.
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

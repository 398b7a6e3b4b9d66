"""The shipped presets run on the smallest and the longest photo that an upload accepts."""

import PIL.Image
import pytest

from jobs.cpu_node.node import Node
from jobs.presets import Photo, render_graph
from jobs.presets.shipped import shipped_presets
from jobs.uploads.dimensions import MAX_RATIO, MIN_SIDE
from tests.jobs.cpu_node.golden import last_message, run_graph

# The others need models.
PRESETS = [p for p in shipped_presets() if p.manifest.needs_photo and not p.manifest.required_models]
SIZES = [(MIN_SIDE, MIN_SIDE), (MAX_RATIO * MIN_SIDE, MIN_SIDE), (MIN_SIDE, MAX_RATIO * MIN_SIDE)]
SIZES += [(MAX_RATIO * 101, 101), (101, MAX_RATIO * 101)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("slug", [preset.manifest.slug for preset in PRESETS])
def test_smallest_and_longest_photos(slug: str, size: tuple[int, int], empty_node: Node) -> None:
    preset = next(preset for preset in PRESETS if preset.manifest.slug == slug)
    PIL.Image.effect_noise(size, 90).convert("RGB").save(empty_node.files.folder("input") / "photo.png")
    photo = Photo("photo.png", *size)
    graph = render_graph(
        preset.manifest, preset.workflow, values={}, seed=1, photo=photo, filename_prefix="x"
    )
    assert last_message(run_graph(empty_node, graph))[0] == "execution_success"

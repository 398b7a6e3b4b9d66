"""Every recorded result of every preset is met at the signal-to-noise ratio that the recording requires."""

from typing import Any

import pytest

from jobs.cpu_node.node import Node
from tests.jobs.cpu_node.golden import GOLDEN, last_message, pixels, read, run_graph, shown_pictures
from tests.jobs.cpu_node.presets import bind, psnr, save_as_png

RESULTS = {
    row["file"].split("/")[1].removesuffix(".png"): row
    for row in read("presets/results/index.json")["results"]
}


@pytest.mark.parametrize("name", RESULTS)
def test_result(name: str, gallery: Node) -> None:
    row: dict[str, Any] = RESULTS[name]
    save_as_png(GOLDEN / row["photo"], gallery.files.folder("input") / f"{name}.png")
    graph = bind(
        row["preset"], row["parameters"] | {"image": f"{name}.png", "filename_prefix": f"presets/{name}"}
    )
    result = run_graph(gallery, graph)
    assert last_message(result)[0] == "execution_success", last_message(result)
    (picture,) = shown_pictures(gallery, result.outputs["9"]["images"])
    wanted = pixels(GOLDEN / "presets" / row["file"])
    assert picture.shape == wanted.shape
    ratio = psnr(picture, wanted)
    assert ratio >= row["min_psnr_db"]

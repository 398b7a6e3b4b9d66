"""What a node lets us do to files that it has already stored."""

from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image

from jobs.comfy import OutputFile
from tests.jobs.comfy.fetching import fetch
from tests.jobs.uploads.pictures import encode, flat


def size_of(server, file):
    with Image.open(BytesIO(fetch(server.client, file))) as image:
        return image.size


def test_a_photo_in_a_folder_is_used_by_that_name_and_can_be_overwritten(server):
    file = OutputFile(f"{uuid4()}.png", "creator", "input")
    content = encode(flat("RGB", (200, 120, 60), (64, 48)), "PNG")
    name = server.client.upload_image(content, name=file.filename, folder=file.subfolder)
    assert (name, size_of(server, file)) == (f"creator/{file.filename}", (64, 48))
    assert server.client.blank(file) is True
    assert size_of(server, file) == (1, 1)


@pytest.mark.parametrize("kind", ["output", "temp"])
def test_results_and_previews_can_be_overwritten_too(server, kind):
    file = OutputFile("out_00001_.png", f"jobs/{uuid4()}/1", kind)
    assert server.client.blank(file) is True
    assert size_of(server, file) == (1, 1)

"""A photo must fit the limits of both the installation and the owner's plan, and have a turn of its owner's."""

import os
import threading
from typing import Any

import pytest

from billing.models import Plan
from creator.lib.errors import Refused
from jobs.decoders import Ending, Pool
from jobs.models import Upload
from jobs.uploads import accept
from jobs.uploads.accept import accept_file
from jobs.uploads.child_limits import ChildLimits
from tests.jobs.uploads.pictures import encode, quadrants


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encode(quadrants(), "PNG"))
    return path


@pytest.mark.parametrize(
    ("limit", "code"), [("megapixels", "image_too_large"), ("upload_mib", "body_too_large")]
)
def test_a_photo_beyond_the_plan_is_refused_and_the_same_one_within_it_is_taken(cast, photo, limit, code):
    Plan.objects.filter(slug="free").update(**{limit: 0})
    with pytest.raises(Refused) as refused:
        accept_file(owner=cast.stranger, source=photo, name="photo.png")
    assert (refused.value.code, Upload.objects.count()) == (code, 0)
    assert accept_file(owner=cast.owner, source=photo, name="photo.png").owner == cast.owner


class Hasty(Pool):
    """Decoders whose users wait for a moment only."""

    def run(self, *arguments: Any, **options: Any) -> Ending:
        return super().run(*arguments, **options, wait_s=0.2)


def test_a_photo_without_a_turn_is_asked_for_again(cast, photo, pool, tmp_path, monkeypatch):
    pipe = tmp_path / "pipe"
    held = tmp_path / "held"
    held.mkdir()
    os.mkfifo(pipe)  # the child waits until somebody writes
    order = ["photo", [str(pipe), "PNG", ChildLimits.sized_for(10**7, 24).dump()]]
    options = {"folder": held, "person": f"user {cast.owner.pk}"}
    holder = threading.Thread(target=pool.run, args=order, kwargs=options)
    holder.start()
    writer = pipe.open("wb")  # opens once the child reads
    monkeypatch.setattr(accept, "decoders", lambda: Hasty(pool.folder, pool.tasks))
    with pytest.raises(Refused) as refused:
        accept_file(owner=cast.owner, source=photo, name="photo.png")
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "5"})
    assert accept_file(owner=cast.stranger, source=photo, name="photo.png").owner == cast.stranger
    writer.close()
    holder.join()
    assert accept_file(owner=cast.owner, source=photo, name="photo.png").owner == cast.owner

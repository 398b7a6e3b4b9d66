"""A photo must fit the limits of both the installation and the owner's plan."""

import pytest

from billing.models import Plan
from creator.lib.errors import Refused
from jobs.models import Upload
from jobs.uploads.accept import accept_file
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

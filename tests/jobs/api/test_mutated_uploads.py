"""2,000 damaged photos at the API's door: each is taken or refused in a sentence, and the next photo is read."""

import resource
from collections import Counter

import pytest

from billing.models import Plan
from jobs.models import Upload
from tests.jobs.uploads.mutations import mutants, originals
from tests.jobs.uploads.pictures import encode, quadrants

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
SEED, PER_FORMAT = "20261128", 250
REFUSALS = {
    400: {"unsupported_image"},
    413: {"body_too_large", "image_too_large"},
    422: {"unsupported_image"},
}
NAMES = (
    "photo.jpg",
    "",
    "a\0b.png",
    "../../x.png",
    "n" * 300 + ".webp",
    "ü🖼.tif",
    "CON",
    " .png",
    "a\r\nb.heic",
)
EDGE = "edge-of-the-form"
MIB = 1024


@pytest.fixture
def unlimited(cast):
    most = ("uploads_per_hour", "unused_photos", "unused_mib", "requests_per_minute", "requests_per_hour")
    Plan.objects.update(**dict.fromkeys(most, 1_000_000))


def send(api, name, content):
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = head.encode() + content + f"\r\n--{EDGE}--\r\n".encode()
    return api.post("/api/v1/uploads", body, content_type=f"multipart/form-data; boundary={EDGE}")


@pytest.mark.parametrize("format", originals())
def test_a_damaged_file_is_taken_or_refused(api, unlimited, format):
    files, ends = originals(), Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number, content in enumerate(mutants(files, format, count=PER_FORMAT, seed=SEED)):
        answer = send(api, NAMES[number % len(NAMES)], content)
        ends[answer.status_code] += 1
        said = answer.json()
        assert answer.status_code < 500, (number, said)
        if answer.status_code != 201:
            assert said["error"]["message"].endswith("."), said
            assert "Traceback" not in str(said), said
    assert sum(ends.values()) == PER_FORMAT
    assert Upload.objects.count() == ends[201], "what was refused left a row"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * MIB
    assert send(api, "honest.png", encode(quadrants(), "PNG")).status_code == 201


def test_the_same_seed_makes_the_same_files():
    files = originals()
    made = [list(mutants(files, "PNG", count=50, seed=SEED)) for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 40

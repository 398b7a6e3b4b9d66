"""The new-job page says how large the pictures will be, and says it again when settings change."""

import pytest
from django.urls import reverse

from jobs.models import Job
from jobs.presets.shipped import shipped_presets
from jobs.web.result_sizes import size_words


@pytest.fixture
def say(client, cast, able_node, make_upload):
    """`say(slug, *sizes, **settings)` returns the sentence for photos of these sizes."""
    client.force_login(cast.owner)

    def ask(slug, *sizes, **settings):
        photos = [make_upload(width=width, height=height) for width, height in sizes]
        fields = {"preset": slug, "photo": [str(photo.id) for photo in photos]}
        fields |= {f"p-{name}": value for name, value in settings.items()}
        return client.get(reverse("result_sizes"), fields).text

    return ask


OWN = "Size of the pictures: the size of the photo, up to 16384 px on the longest side."


@pytest.mark.parametrize(
    ("slug", "sizes", "settings", "words"),
    [
        ("cinematic", [], {}, OWN),
        ("cinematic", [], {"size": "2048"}, "Size of the pictures: up to 2048 px on the longest side."),
        ("thumbnail_pop", [], {}, "Size of the pictures: 1280 × 720 px."),
        ("marketplace_square", [], {}, "Size of the pictures: up to 4096 × 4096 px."),
        ("cinematic", [(4032, 3024)], {}, "Size of the picture: 4032 × 3024 px."),
        (
            "cinematic",
            [(4032, 3024)],
            {"size": "2048"},
            "Size of the picture: 2048 × 1536 px. That is smaller than the photo (4032 × 3024 px).",
        ),
        (
            "cinematic",
            [(4032, 3024), (640, 480)],
            {"size": "2048"},
            "Size of the pictures: 640 × 480 to 2048 × 1536 px. 1 of 2 photos is made smaller.",
        ),
        (
            "mono_film",
            [(640, 480)],
            {"size": "1280", "enlarge": "true"},
            "Size of the picture: 1280 × 960 px.",
        ),
        ("cinematic", [(640, 480)], {"size": "many"}, ""),
    ],
)
def test_the_sentence(say, slug, sizes, settings, words):
    assert say(slug, *sizes, **settings) == words


@pytest.mark.parametrize("preset", shipped_presets(), ids=lambda preset: preset.manifest.slug)
def test_every_shipped_preset_says_it(preset):
    assert size_words(preset.manifest, [], {}).startswith("Size of the pictures: ")


def test_it_stands_on_the_page_before_start_is_pressed(client, cast, able_node, make_upload):
    client.force_login(cast.owner)
    photo = make_upload(width=4032, height=3024)
    html = client.get(reverse("new_job"), {"preset": "cinematic", "photo": str(photo.id)}).text
    assert "Size of the picture: 4032 × 3024 px." in html


def test_other_peoples_photos_count_for_nothing(client, cast, able_node, make_upload):
    theirs = make_upload(cast.other, width=4032, height=3024)
    client.force_login(cast.owner)
    assert client.get(reverse("result_sizes"), {"preset": "cinematic", "photo": str(theirs.id)}).text == OWN


def test_what_the_plan_does_not_allow_is_refused_at_its_field(client, cast, able_node, make_upload):
    client.force_login(cast.owner)
    fields = {"preset": "cinematic", "upload": str(make_upload().id), "p-size": "16384", "p-enlarge": "true"}
    answer = client.post(reverse("new_job"), fields)
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert "would have 179 megapixels; the Studio plan makes at most 50." in answer.text

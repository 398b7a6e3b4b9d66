"""Starting jobs from the page: what is accepted, what is refused with which message, and a second click."""

import re
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing.plans import change_plan
from jobs.lifecycle import cancel_job
from jobs.models import Batch, Job, Upload
from jobs.retention import delete_job
from tests.jobs.web.reading import squash

PHOTO = Path("tests/golden/photos/chelsea.jpg")


@pytest.fixture
def send(client, cast, able_node):
    """Post the form as the owner, with defaults for the fields that a test does not set."""
    client.force_login(cast.owner)

    def post(**fields):
        fields = {"preset": "cinematic", "key": str(uuid.uuid4()), "format": "png", "defaults": "1"} | fields
        return client.post(
            reverse("new_job"), {name: value for name, value in fields.items() if value is not None}
        )

    return post


def photo(name: str = "cat.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PHOTO.read_bytes(), "image/jpeg")


def test_one_photo_leads_to_the_page_of_its_job(send, make_upload):
    answer = send(upload=str(make_upload().id))
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("job", args=[job.id]))
    assert (job.parameters["bars"], job.parameters["strength"], job.output_format) == (False, 1.0, "png")


def test_several_photos_lead_home_and_say_how_many(send, client, make_upload):
    answer = send(upload=[str(make_upload().id), str(make_upload().id)], format="webp", seed="7")
    assert answer["Location"] == reverse("home")
    assert "2 pictures are on their way." in client.get(reverse("home")).text
    assert list(Job.objects.values_list("seed", "output_format")) == [(7, "webp"), (7, "webp")]


def test_a_second_click_makes_no_second_batch(send, make_upload):
    fields = {"upload": str(make_upload().id), "key": str(uuid.uuid4())}
    first, second = send(**fields), send(**fields)
    assert (first["Location"], Batch.objects.count(), Job.objects.count()) == (second["Location"], 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_second_click_after_the_job_was_deleted_says_so(send, client, make_upload):
    fields = {"upload": str(make_upload().id), "seed": "7"}
    send(**fields, key=str(uuid.uuid4()))  # keeps the photo
    first = fields | {"key": str(uuid.uuid4())}
    send(**first)
    job = Job.objects.order_by("rank_at").last()
    cancel_job(job=job)
    delete_job(job)
    assert (send(**first)["Location"], Job.objects.count()) == (reverse("jobs"), 2)
    page = client.get(reverse("jobs")).text
    assert "What this form started was deleted meanwhile." in page
    assert "reused" not in page


def test_a_form_without_javascript_brings_its_photos_along(send):
    answer = send(photos=[photo("one.jpg"), photo("two.jpg")])
    assert answer["Location"] == reverse("home")
    assert sorted(Job.objects.values_list("name", flat=True)) == ["one.jpg", "two.jpg"]


def test_a_refused_file_is_named_and_the_accepted_one_stays(send):
    answer = send(photos=[photo(), SimpleUploadedFile("notes.txt", b"no picture", "text/plain")])
    kept = Upload.objects.get()
    assert (answer.status_code, Job.objects.count(), kept.name) == (422, 0, "cat.jpg")
    assert "“notes.txt”" in answer.text
    assert f'name="upload" value="{kept.id}"' in answer.text


def test_a_wrong_value_is_shown_at_its_field_and_in_the_summary_and_nothing_else_is_lost(send, make_upload):
    upload, key = make_upload(), str(uuid.uuid4())
    answer = send(
        upload=str(upload.id), key=key, defaults=None, seed="12", **{"p-strength": "7", "p-warmth": "0.6"}
    )
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    for part in (
        '<a href="#f-strength">Strength</a>: Must be between 0 and 1.',
        '<span class="error" id="f-strength-error">Must be between 0 and 1.</span>',
        'aria-describedby="f-strength-help f-strength-error"',
        'name="p-warmth" value="0.6"',
        f'name="upload" value="{upload.id}"',
        f'name="key" value="{key}"',
        'name="seed" value="12"',
    ):
        assert part in squash(answer.text)


@pytest.mark.parametrize("seed", ["-1", "1.5", "9007199254740992", "x", "0" * 20 + "1" * 5000])
def test_a_seed_is_a_whole_number_that_json_can_carry(send, make_upload, seed):
    answer = send(upload=str(make_upload().id), seed=seed)
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert '<a href="#f-seed">Seed</a>: Enter a whole number from 0 to 9007199254740991' in answer.text


def test_every_fault_is_said_at_once(send):
    answer = send(
        photos=[SimpleUploadedFile("notes.txt", b"no picture", "text/plain")],
        seed="many", format="gif", **{"p-strength": "7", "p-warmth": "x"},
    )  # fmt: skip
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    faulty = re.findall(
        r'<li>(?:<a href="#f-(\w+)">|“(notes.txt)”|(Add at least one photo))', squash(answer.text)
    )
    assert sorted(map("".join, faulty)) == [
        "Add at least one photo", "notes.txt", "output_format", "seed", "strength", "warmth",
    ]  # fmt: skip


@pytest.mark.parametrize("page", ["home", "new_job"])
def test_the_drop_zone_tells_what_the_plan_takes(client, cast, able_node, settings, page):
    client.force_login(cast.owner)
    settings.CONFIG = replace(settings.CONFIG, max_upload_mib=40, max_batch_files=7)
    for slug, most in (("free", 10), ("creator", 40)):
        change_plan(cast.owner, slug)
        html = client.get(reverse(page)).text
        assert f"up to {most} MB each · 7 at a time" in html
        assert f'largest="{most * 1024 * 1024}"' in html


def test_a_picture_from_words_has_its_words_beside_the_presets(client, cast, able_node):
    client.force_login(cast.owner)
    html = client.get(reverse("new_job"), {"preset": "text_to_image"}).text
    words, settings = html.index('id="h-words"'), html.index('id="h-settings"')
    assert (html.count('name="p-prompt"'), html.count('name="p-width"')) == (1, 1)
    assert words < html.index('name="p-prompt"') < settings < html.index('name="p-width"')


def test_a_box_that_is_not_ticked_is_off(send, make_upload):
    send(upload=str(make_upload().id), defaults=None, **{"p-enlarge": "true"})
    assert {name: Job.objects.get().parameters[name] for name in ("bars", "enlarge")} == {
        "bars": False,
        "enlarge": True,
    }


def test_no_photo_no_job(send):
    answer = send()
    assert (answer.status_code, "Add at least one photo." in answer.text, Job.objects.count()) == (
        422,
        True,
        0,
    )


def test_somebody_elses_photo_is_as_good_as_none(send, cast, make_upload):
    answer = send(upload=str(make_upload(cast.other).id))
    assert (answer.status_code, Job.objects.count()) == (422, 0)


def test_a_preset_that_no_node_can_run_cannot_be_started_by_a_crafted_form(send):
    answer = send(preset="text_to_image", defaults=None, **{"p-prompt": "a lighthouse"})
    assert (answer.status_code, Job.objects.count()) == (409, 0)
    assert "No node can run this yet." in answer.text


def test_an_unknown_preset_is_refused(send):
    assert send(preset="nothing").status_code == 409


def test_the_address_fills_the_form_in(client, cast, able_node, make_upload):
    client.force_login(cast.owner)
    mine, foreign = make_upload(), make_upload(cast.other)
    query = {
        "preset": "mono_film",
        "photo": [str(mine.id), str(foreign.id), "x"],
        "p-strength": "0.4",
        "seed": "9",
    }
    html = squash(client.get(reverse("new_job"), query).text)
    assert ('name="preset" value="mono_film"' in html, 'name="p-strength" value="0.4"' in html) == (
        True,
        True,
    )
    assert (str(mine.id) in html, f'value="{foreign.id}"' in html, 'name="seed" value="9"' in html) == (
        True,
        False,
        True,
    )


def test_links_to_other_presets_keep_the_photos(client, cast, able_node, make_upload):
    client.force_login(cast.owner)
    mine = make_upload()
    html = squash(client.get(reverse("new_job"), {"photo": str(mine.id)}).text)
    assert f'href="?preset=mono_film&amp;photo={mine.id}"' in html
    assert 'aria-disabled="true" role="group" aria-label="Text to Image"' in html


def test_what_was_made_before_is_reused_where_it_is_asked_for(send, client, make_upload):
    upload = str(make_upload().id)
    asked = {"upload": upload, "seed": "7", "reuse": "true"}
    first, second = send(**asked), send(**asked)
    assert (first["Location"], Job.objects.count()) == (second["Location"], 1)
    assert "1 picture was reused, free of charge." in client.get(second["Location"]).text
    send(upload=upload, seed="7")
    assert Job.objects.count() == 2, "without `reuse` a new job is made"


def test_of_several_only_the_new_ones_are_made(send, client, make_upload):
    one, two = str(make_upload().id), str(make_upload(sha256="1" * 64).id)
    asked = {"seed": "7", "reuse": "true"}
    send(upload=one, **asked)
    assert send(upload=[one, two], **asked)["Location"] == reverse("home")
    told = client.get(reverse("home")).text
    assert ("1 picture was reused" in told, "1 picture is on its way." in told) == (True, True)
    assert send(upload=[one, two], **asked)["Location"] == reverse("jobs")
    assert Job.objects.count() == 2


SEED_FIELDS = 'name="seed"', 'name="variations"', 'name="reuse"'


@pytest.mark.parametrize(("slug", "offered"), [("cinematic", True), ("portrait_pro", False)])
def test_a_seed_and_variations_are_offered_where_a_seed_changes_the_picture(
    client, cast, able_node, slug, offered
):
    client.force_login(cast.owner)
    html = client.get(f"{reverse('new_job')}?preset={slug}&seed=5&variations=3").text
    assert [field in html for field in SEED_FIELDS] == [offered] * 3


def test_a_preset_without_a_seed_makes_no_picture_twice(send, client, make_upload):
    asked = {"preset": "product_glow", "upload": str(make_upload().id)}
    first, again = send(**asked), send(**asked)
    assert (first["Location"], Job.objects.count()) == (again["Location"], 1)
    assert "1 picture was reused, free of charge." in client.get(again["Location"]).text


def test_equal_photos_give_one_picture_and_a_word_about_it(send, client, make_upload):
    answer = send(preset="product_glow", upload=[str(make_upload().id), str(make_upload().id)])
    assert Job.objects.count() == 1
    assert (
        "1 photo looked like another one. Each picture is made once." in client.get(answer["Location"]).text
    )


def test_the_seed_of_another_preset_is_not_sent(send, make_upload):
    send(preset="product_glow", upload=str(make_upload().id), seed="5", variations="3")
    assert list(Job.objects.values_list("seed", flat=True)) == [0]


def test_the_seed_of_another_preset_is_there_on_the_way_back(client, cast, able_node):
    client.force_login(cast.owner)
    html = client.get(f"{reverse('new_job')}?preset=product_glow&seed=5&variations=3").text
    assert "?preset=cinematic&amp;seed=5&amp;variations=3" in html


def test_variations_without_grain_are_refused_at_their_field(send, make_upload):
    answer = send(upload=str(make_upload().id), variations="2", **{"p-grain": "0"})
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    words = "With Film grain at 0, every seed makes the same picture. Choose 1 variation."
    assert f'<a href="#f-variations">Variations</a>: {words}' in answer.text


def test_reuse_without_a_seed_is_refused_at_the_seed_and_stays_ticked(send, make_upload):
    answer = send(upload=str(make_upload().id), reuse="true")
    assert (answer.status_code, Job.objects.count()) == (422, 0)
    assert '<a href="#f-seed">Seed</a>: To reuse a picture, give its seed' in answer.text
    assert 'name="reuse" value="true" checked' in squash(answer.text)

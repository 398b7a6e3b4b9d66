"""Every way to add photos, what happens to a bad one, and that submitting twice starts one batch."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import photos
from tests.e2e.product.serving import PATIENCE_S
from tests.services.process import wait_until

pytestmark = [pytest.mark.services, pytest.mark.browser]


def test_drop_choose_and_paste_add_up(new_person, tmp_path):
    anna = new_person("anna")
    anna.drop(photos.small(tmp_path, "dropped.jpg"))
    anna.page.get_by_label("Drop your first photo").set_input_files(photos.small(tmp_path, "chosen.jpg"))
    anna.paste(photos.small(tmp_path, "pasted.jpg"))
    expect(anna.page.get_by_text("3 photos ready")).to_be_visible()
    names = anna.page.locator("[data-files] b").all_inner_texts()
    assert names == ["dropped.jpg", "chosen.jpg", "pasted.jpg"]
    anna.page.get_by_role("button", name="Remove chosen.jpg").click()
    expect(anna.page.get_by_role("button", name="Start 2 photos")).to_be_visible()


def test_photos_come_along_to_all_settings(new_person, tmp_path):
    carla = new_person("carla")
    carla.drop(photos.small(tmp_path, "kept.jpg"))
    expect(carla.page.get_by_text("1 photo ready")).to_be_visible()
    carla.page.get_by_role("link", name="All presets and settings").click()
    carla.page.get_by_role("link", name="Mono Film").click()
    carla.page.wait_for_url("**preset=mono_film**")
    expect(carla.page.get_by_text("1 photo ready")).to_be_visible()
    assert carla.page.locator("[data-files] b").all_inner_texts() == ["kept.jpg"]


def test_a_refused_file_is_named_and_the_good_one_stays(new_person, tmp_path):
    ben = new_person("ben")
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"%PDF-1.7\n")
    ben.drop(letter, photos.small(tmp_path, "good.jpg"))
    expect(ben.page.get_by_role("button", name="Start 1 photo")).to_be_visible()
    wrong = ben.page.locator("[data-files] li", has_text="letter.jpg").get_by_role("alert")
    expect(wrong).to_contain_text("“letter.jpg” is a PDF document.")
    ben.photograph("home-one-refused")
    ben.pick("Mono Film")
    ben.start()
    expect(ben.page.get_by_role("heading", name="good.jpg in Mono Film")).to_be_visible()


def test_starting_twice_makes_one_batch(new_person, tmp_path, product):
    dora = new_person("dora")
    dora.drop(photos.small(tmp_path, "once.jpg"))
    expect(dora.page.get_by_text("1 photo ready")).to_be_visible()
    dora.page.locator("upload-zone form").evaluate("(form) => { form.submit(); form.submit(); }")
    dora.page.wait_for_url("**/jobs/*/")
    assert product.rows("SELECT COUNT(*) FROM jobs_job WHERE name = 'once.jpg'") == [(1,)]


HOLD_UPLOADS = """
  const send = XMLHttpRequest.prototype.send;
  window.held = [];
  XMLHttpRequest.prototype.send = function (body) { held.push([this, body]); };
  window.letGo = () => { const [request, body] = held.shift(); send.call(request, body); };
"""


def test_three_at_a_time_with_the_whole_cost_on_the_button(new_person, tmp_path):
    emil = new_person("emil")
    emil.context.add_init_script(HOLD_UPLOADS)
    emil.page.goto("/new/?preset=mono_film")
    emil.drop(*(photos.small(tmp_path, f"{number}.jpg") for number in range(5)))
    assert emil.page.evaluate("held.length") == 3
    start = emil.page.get_by_role("button", name="Start 5 photos, 5 credits")
    expect(start).to_be_visible()
    expect(emil.page.get_by_text("Uploading… 0 / 5")).to_be_visible()
    emil.page.evaluate("letGo()")
    expect(emil.page.get_by_text("Uploading… 1 / 5")).to_be_visible()
    assert emil.page.evaluate("held.length") == 3, "the next one takes the free place"
    emil.photograph("uploading")
    emil.page.get_by_label("Variations").evaluate("(field) => { field.closest('details').open = true; }")
    emil.page.get_by_label("Variations").select_option("2")
    expect(emil.page.get_by_role("button", name="Start 5 photos, 10 credits")).to_be_visible()
    emil.page.get_by_role("button", name="Start").click()
    expect(emil.page.get_by_text("Starting as soon as your photos are uploaded.")).to_be_visible()
    for _ in range(4):
        wait_until(lambda: emil.page.evaluate("held.length"), "no upload begins", PATIENCE_S)
        emil.page.evaluate("letGo()")
    expect(emil.page.get_by_text("10 pictures are on their way.")).to_be_visible()


def test_a_photo_that_has_arrived_is_being_checked(new_person, tmp_path):
    frida = new_person("frida")
    frida.page.route("**/uploads/", lambda route: None)  # the server answers never
    frida.drop(photos.small(tmp_path, "slow.jpg"))
    row = frida.page.locator("[data-files] li", has_text="slow.jpg")
    row.evaluate("(row) => row.request.upload.dispatchEvent(new ProgressEvent('load'))")
    expect(row).to_contain_text("Checking…")
    assert row.locator("progress").evaluate("(bar) => bar.position") == -1
    frida.page.get_by_role("button", name="Remove slow.jpg").click()


BUSY = {"error": {"code": "service_unavailable", "message": "Many photos are being read.", "details": {}}}


def test_a_photo_without_a_turn_is_sent_again_by_itself(new_person, tmp_path):
    gina = new_person("gina")
    answers = [429, 503]

    def answer(route):
        if answers:
            return route.fulfill(status=answers.pop(), headers={"Retry-After": "1"}, json=BUSY)
        return route.continue_()

    gina.page.route("**/uploads/", answer)
    gina.drop(photos.small(tmp_path, "patient.jpg"))
    row = gina.page.locator("[data-files] li", has_text="patient.jpg")
    expect(row).to_contain_text("Waiting for its turn…")
    expect(gina.page.get_by_text("1 photo ready")).to_be_visible()
    assert answers == []
    gina.forgive("Failed to load resource")


def test_a_photo_that_waits_for_its_turn_can_be_removed(new_person, tmp_path):
    hugo = new_person("hugo")
    sent = []

    def refuse(route):
        sent.append(route)
        return route.fulfill(status=503, headers={"Retry-After": "1"}, json=BUSY)

    hugo.page.route("**/uploads/", refuse)
    hugo.drop(photos.small(tmp_path, "removed.jpg"))
    expect(hugo.page.get_by_text("Waiting for its turn…")).to_be_visible()
    hugo.page.get_by_role("button", name="Remove removed.jpg").click()
    hugo.page.wait_for_timeout(1500)  # longer than the pause
    assert len(sent) == 1
    hugo.forgive("503")


@pytest.mark.parametrize("retry_after", ["600", None])
def test_a_long_or_unknown_wait_is_left_to_the_person(new_person, tmp_path, retry_after):
    ines = new_person("ines")
    headers = {"Retry-After": retry_after} if retry_after else {}
    ines.page.route("**/uploads/", lambda route: route.fulfill(status=503, headers=headers, json=BUSY))
    ines.drop(photos.small(tmp_path, "later.jpg"))
    expect(ines.page.get_by_text("Many photos are being read.")).to_be_visible()
    expect(ines.page.get_by_role("button", name="Try again")).to_be_visible()
    ines.forgive("503")


PASTE_CELLS = """([selector, type, text]) => {
  const clipboard = new DataTransfer();
  if (text) clipboard.setData(type, text);
  clipboard.items.add(new File([Uint8Array.from([137, 80, 78, 71])], 'image.png', {type: 'image/png'}));
  const target = selector ? document.querySelector(selector) : document.body;
  target.dispatchEvent(new ClipboardEvent('paste', {clipboardData: clipboard, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize(
    ("selector", "type", "text", "photos_added"),
    [
        ("input[name=seed]", "text/plain", "1234", 0),
        ("input[name=p-strength]", "text/plain", "0.5\t0.6", 0),
        ("select[name=format]", "text/plain", "PNG", 0),
        ("input[name=p-strength]", "text/html", "<img src=x>", 1),
        (None, "text/plain", "photo.png", 1),
        (None, "", "", 1),
    ],
)
def test_cells_pasted_into_a_field_are_no_photo(new_person, selector, type, text, photos_added):
    gustav = new_person("gustav")
    gustav.page.goto("/new/?preset=cinematic")
    gustav.page.evaluate(PASTE_CELLS, [selector, type, text])
    expect(gustav.page.locator("[data-files] li")).to_have_count(photos_added)


def test_files_beyond_the_limit_are_named(new_person, tmp_path):
    hilda = new_person("hilda")
    hilda.page.locator("upload-zone").evaluate("(zone) => zone.setAttribute('most', '2')")
    hilda.drop(*(photos.small(tmp_path, f"{name}.jpg") for name in ("a", "b", "c", "d")))
    left = hilda.page.get_by_role("alert").filter(has_text="Left out")
    expect(left).to_contain_text("“c.jpg”, “d.jpg”")
    expect(hilda.page.get_by_role("button", name="Start 2 photos")).to_be_visible()
    hilda.photograph("files-left-out")


def test_the_size_of_the_pictures_is_said_before_start(new_person, tmp_path):
    ida = new_person("ida")
    ida.page.goto("/new/?preset=cinematic")
    size = ida.page.locator("[data-sizes]")
    expect(size).to_have_text(
        "Size of the pictures: the size of the photo, up to 16384 px on the longest side."
    )
    ida.page.get_by_label("Drop photos here").set_input_files(photos.small(tmp_path, "cup.jpg"))
    expect(size).to_have_text("Size of the picture: 600 × 400 px.")
    ida.page.get_by_label("Longest side").fill("512")
    expect(size).to_have_text(
        "Size of the picture: 512 × 341 px. That is smaller than the photo (600 × 400 px)."
    )
    expect(ida.page.get_by_role("button", name="Start 1 photo, 1 credit")).to_be_visible()
    expect(ida.page.get_by_text("1 photo ready")).to_be_visible()

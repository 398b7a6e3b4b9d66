from urllib.parse import quote, unquote

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import AsyncClient

from creator.http import file_links
from creator.http.file_links import file_link, read_file_link
from creator.lib.errors import Refused

pytestmark = pytest.mark.django_db
NOW = 1_800_000_000.0
ACTIVE = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture
def clock(monkeypatch, settings):
    """`clock(seconds)` sets the current time; links expire at full hours."""

    def set_to(seconds):
        monkeypatch.setattr(file_links.time, "time", lambda: seconds)

    set_to(NOW)
    return set_to


@pytest.fixture
def store():
    """`store(name, content)` saves a file and returns its storage key; the fixture deletes it at the end."""
    kept = []

    def save(name, content=b"\x89PNG of somebody"):
        kept.append(default_storage.save(f"results/test/{name}", ContentFile(content)))
        return kept[-1]

    yield save
    for key in kept:
        default_storage.delete(key)


async def fetch(url):
    answer = await AsyncClient().get(url, headers={"accept": "application/json"})
    content = b"".join([part async for part in answer]) if answer.streaming else answer.content
    return answer, content


async def test_a_link_brings_the_file_as_a_download(store):
    answer, content = await fetch(file_link(store("result.png"), name='My "best" 1.png'))
    assert (answer.status_code, content) == (200, b"\x89PNG of somebody")
    assert (answer["Content-Type"], answer["Content-Length"]) == ("image/png", str(len(content)))
    assert answer["Content-Disposition"] == r'attachment; filename="My \"best\" 1.png"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "public" not in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_name_in_any_script_arrives(store, site):
    answer = site.get(file_link(store("result.png"), name="Fête 写真.png"))
    assert answer.content == b"\x89PNG of somebody"
    assert unquote(answer.headers["Content-Disposition"]) == "attachment; filename*=utf-8''Fête 写真.png"


async def test_a_picture_of_a_page_is_shown_in_it(store):
    answer, _ = await fetch(file_link(store("preview.webp"), name="preview.webp", inline=True))
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("name", ["x.svg", "x.html", "x.xml", "x.js", "x.pdf", "x", "x.png.html"])
async def test_nothing_is_ever_served_as_active_content(store, name):
    answer, content = await fetch(file_link(store(name, ACTIVE), name="picture.png", inline=True))
    assert (answer["Content-Type"], content) == ("application/octet-stream", ACTIVE)


async def test_an_active_file_under_a_pictures_name_is_not_sniffed(store):
    answer, _ = await fetch(file_link(store("x.png", ACTIVE), name="x.PNG"))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")


async def test_a_file_that_went_while_its_link_works_is_gone(store):
    key = store("result.png")
    default_storage.delete(key)
    answer, content = await fetch(file_link(key, name="x.png"))
    assert (answer.status_code, key in content.decode()) == (410, False)


def token_of(url):
    return url.split("/")[2]


@pytest.mark.parametrize(
    "forge",
    [
        lambda t: t[:-1] + ("A" if t[-1] != "A" else "B"),
        lambda t: "A" + t,
        lambda t: "x",
        lambda t: t.rsplit(":", 1)[0],
    ],
)
def test_a_forged_link_is_not_found(forge):
    token = token_of(file_link("results/mine/result.png", name="x.png"))
    with pytest.raises(Refused) as caught:
        read_file_link(forge(token), "x.png")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("name", ["Invoice.hta", "x.png.exe", "y.png", "X.png", "x.png ", "x.jpg"])
def test_a_link_under_another_name_is_not_found(client, store, name):
    link = file_link(store("result.png"), name="x.png")
    answer = client.get(link.removesuffix("x.png") + quote(name))
    assert (answer.status_code, "Content-Disposition" in answer) == (404, False)


@pytest.mark.parametrize("name", ["Invoice.hta", "x.png.exe", "x.svg", "png", ""])
def test_no_link_is_made_with_a_name_that_is_not_a_pictures(name):
    with pytest.raises(ValueError, match="not saved under the name"):
        file_link("results/mine/result.png", name=name)


def test_a_token_signed_for_something_else_is_not_found():
    with pytest.raises(Refused):
        read_file_link(signing.dumps(["results/mine/result.png", 0, NOW * 2], salt="another"), "x.png")


def test_a_link_signed_with_another_key_is_not_found(settings):
    token = token_of(file_link("results/mine/result.png", name="x.png"))
    settings.SECRET_KEY = "another" * 8
    with pytest.raises(Refused):
        read_file_link(token, "x.png")


def test_a_link_is_stable_for_a_while_so_that_browsers_cache(clock, settings):
    step = settings.CONFIG.link_seconds
    start = NOW - NOW % step
    seen = []
    for later in (1, step - 1, step + 1):
        clock(start + later)
        seen.append(file_link("results/mine/result.png", name="x.png"))
    assert (seen[0] == seen[1], seen[1] == seen[2]) == (True, False)


@pytest.mark.parametrize("made_at", [1, 1800, 3599])
def test_a_link_works_for_its_time_at_least_and_not_for_twice_as_long(clock, settings, made_at):
    step = settings.CONFIG.link_seconds
    made = NOW - NOW % step + made_at
    clock(made)
    token = token_of(file_link("results/mine/result.png", name="x.png"))
    clock(made + step - 1)
    assert read_file_link(token, "x.png").key == "results/mine/result.png"
    clock(made + 2 * step + 1)
    with pytest.raises(Refused) as caught:
        read_file_link(token, "x.png")
    assert caught.value.code == "not_found"

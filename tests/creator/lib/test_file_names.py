"""File names in the encodings that clients really send."""

import os

import pytest

from creator.lib.file_names import decode_file_name, fit_file_name

WESTERN = (
    "Übung",
    "été_2024",
    "Amélie",
    "sœur",
    "l’été – 1",
    "Ñandú",
    "Žabka",
    "“x”",
    "Ça va",
    "naïve",
    "£5 €",
)
JAPANESE = ("写真", "写真1", "IMG_東京", "表", "カメラ", "ソニー α", "ひらがな.カタカナ", "齋藤の写真")


@pytest.mark.parametrize("name", [*WESTERN, *JAPANESE, "📷", "Привет", "plain"])
def test_utf_8_is_read_as_it_is(name):
    assert decode_file_name(name.encode()) == name


@pytest.mark.parametrize("name", WESTERN)
def test_western_names(name):
    assert decode_file_name(f"{name}.png".encode("cp1252")) == f"{name}.png"


@pytest.mark.parametrize("name", JAPANESE)
def test_japanese_names(name):
    assert decode_file_name(f"{name}.png".encode("cp932")) == f"{name}.png"


@pytest.mark.parametrize("name", ["Übung", "café", "Málaga"])
def test_latin_1_is_a_part_of_western_windows(name):
    assert decode_file_name(name.encode("latin-1")) == name


@pytest.mark.parametrize("number", range(256))
def test_any_bytes_have_a_text(number):
    assert decode_file_name(bytes([number, 0xFF, number])).encode()


FAMILY = "👨‍👩‍👧‍👦"
LETTERS = ("a", "é", "e\u0301\u0323", "写", "📷", FAMILY, "👍🏽", "❤️", "🇩🇪", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "नि", "ก่")


@pytest.mark.parametrize("letter", LETTERS)
@pytest.mark.parametrize("shift", range(4))
def test_a_long_name_is_cut_between_letters(letter, shift):
    stem = "x" * shift + letter * 200
    fitted = fit_file_name(stem, "-marketplace_square.png")
    kept = fitted.removesuffix("-marketplace_square.png")
    size = len(letter.encode())
    assert kept == stem[: shift + len(letter) * ((255 - 23 - shift) // size)]


@pytest.mark.parametrize("stem", ["a", "a" * 232, "写" * 77, "📷" * 58, "a b "])
def test_a_name_that_fits_stays(stem):
    assert fit_file_name(stem, "-marketplace_square.png") == f"{stem}-marketplace_square.png"


def test_a_name_of_any_bytes_is_cut_too():
    stem = os.fsdecode(b"\xdc" * 300)
    assert os.fsencode(fit_file_name(stem, ".png")) == b"\xdc" * 251 + b".png"

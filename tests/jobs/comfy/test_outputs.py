from io import BytesIO

import pytest
from PIL import Image

from jobs.comfy import BadOutput, verify_image


def picture(kind):
    buffer = BytesIO()
    Image.effect_noise((64, 48), 50).save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_a_whole_picture(kind):
    assert verify_image(picture(kind)) == (64, 48)


@pytest.mark.parametrize("kept", [0, 7, 20, 100, 1000, -1, -12])
def test_a_png_cut_anywhere_is_refused(kept):
    with pytest.raises(BadOutput):
        verify_image(picture("PNG")[:kept])


@pytest.mark.parametrize(
    "content", [b"", b"<html></html>", b"\x89PNG\r\n\x1a\n" + bytes(100) + b"IEND\xaeB`\x82"]
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(BadOutput):
        verify_image(content)


def test_damage_in_the_middle_is_refused():
    whole = bytearray(picture("PNG"))
    whole[len(whole) // 2] ^= 0xFF
    with pytest.raises(BadOutput):
        verify_image(bytes(whole))


def test_too_many_pixels_are_refused_before_decoding(monkeypatch):
    monkeypatch.setattr("jobs.comfy.outputs.MAX_PIXELS", 64 * 48 - 1)
    with pytest.raises(BadOutput):
        verify_image(picture("PNG"))

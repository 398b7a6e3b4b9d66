"""A form's part headers become UTF-8 while it is read; nothing else in the form changes."""

import io
from urllib.parse import quote

import pytest

from creator.http.part_headers import readable_header, with_readable_headers

BOUNDARY = b"----WebKitFormBoundary7MA4YWxk"


def form(*parts: tuple[bytes, bytes]) -> bytes:
    """A multipart body of (header, content) parts."""
    return (
        b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (BOUNDARY, *part) for part in parts) + b"--%s--\r\n" % BOUNDARY
    )


def header_of(name: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\nContent-Type: image/png'


def read(body: bytes, size: int) -> bytes:
    readable = with_readable_headers(io.BytesIO(body), BOUNDARY)
    return b"".join(iter(lambda: readable.read(size), b""))


CONTENT = bytes(range(256)) * 700 + b"\r\n\r\n--" + b"=?utf-8?q?=C3=9C?="


@pytest.mark.parametrize("size", [1000, 64 * 1024, -1])
def test_only_names_change_whatever_is_read_at_a_time(size):
    sent = form(
        (header_of("Übung.png".encode("cp1252")), CONTENT), (b"X: y", b""), (header_of(b"z"), CONTENT)
    )
    wanted = form((header_of("Übung.png".encode()), CONTENT), (b"X: y", b""), (header_of(b"z"), CONTENT))
    assert read(sent, size) == wanted


@pytest.mark.parametrize("pad", range(64 * 1024 - 150, 64 * 1024 + 5))
def test_a_header_may_lie_across_two_reads_of_the_body(pad):
    first = (b"X: y", b"x" * pad)
    assert read(form(first, (header_of(b"\xdc"), b"z")), 4096) == form(first, (header_of("Ü".encode()), b"z"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no form at all",
        b"--" + BOUNDARY,
        b"--" + BOUNDARY + b"\r\n" + b"h" * 200_000,
        form((header_of(b"a.png"), b""))[:-40],
        (b"--" + BOUNDARY) * 20_000,
    ],
    ids=["empty", "other", "boundary", "endless header", "cut", "boundaries"],
)
def test_what_is_no_form_passes_unchanged(body):
    assert read(body, 1000) == body


WORDS = {
    "=?utf-8?B?w5xidW5nLnBuZw==?=": "Übung.png",
    "=?ISO-8859-1?Q?=DCbung.png?=": "Übung.png",
    "=?utf-8?q?=C3=9Cb?= =?utf-8?q?ung.png?=": "Übung.png",
    "=?shift_jis?B?ip+OmoLGlVygKQ==?=": "=?shift_jis?B?ip+OmoLGlVygKQ==?=",
    "=?no-such?Q?x?=": "=?no-such?Q?x?=",
    "=?utf-8?Q?a=22b?=": 'a\\"b',
    "what=?.png": "what=?.png",
}


@pytest.mark.parametrize(("sent", "wanted"), WORDS.items())
def test_encoded_words(sent, wanted):
    assert readable_header(header_of(sent.encode())) == header_of(wanted.encode())


@pytest.mark.parametrize(
    "given",
    [
        "UTF-8''%C3%9Cbung.png",
        "utf-8'de'%C3%9Cbung.png",
        "iso-8859-1''%DCbung.png",
        "\"UTF-8''%DCbung.png\"",
        "no-such''%DCbung.png",
        "''%DCbung.png",
    ],
)
def test_an_extended_name_in_any_charset(given):
    header = readable_header(f'Content-Disposition: form-data; name="file"; filename*={given}'.encode())
    assert header.decode().partition("filename*=")[2].endswith("'" + quote("Übung.png"))

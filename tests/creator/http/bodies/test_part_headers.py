"""A part's header becomes UTF-8, whatever charset its sender used."""

from urllib.parse import quote

import pytest

from creator.http.bodies.part_headers import readable_header


def header_of(name: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\nContent-Type: image/png'


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

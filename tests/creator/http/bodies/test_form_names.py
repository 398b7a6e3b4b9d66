"""The names of a form's files arrive letter for letter, without folders."""

import io

import pytest

from creator.http.bodies.form_names import SPOOL
from creator.http.bodies.handler import BodyHandler
from creator.http.bodies.spool import Spool

NAMES = {
    "\U0001f469\u200d\U0001f3a8 Studio.png": "\U0001f469\u200d\U0001f3a8 Studio.png",
    "\u0dc1\u0dca\u200d\u0dbb\u0dd3.png": "\u0dc1\u0dca\u200d\u0dbb\u0dd3.png",
    "\u5c71\u7530\u3000\u592a\u90ce.png": "\u5c71\u7530\u3000\u592a\u90ce.png",
    "\U00010d4a\U0001fadc.png": "\U00010d4a\U0001fadc.png",
    "R&amp;B &lt;1&gt;.png": "R&amp;B &lt;1&gt;.png",
    "two\0.p\0ng": "two\0.p\0ng",
    "photo." + "x" * 240: "photo." + "x" * 240,
    "photo." + "\u5c71" * 200: "photo." + "\u5c71" * 200,
    "a/b/photo.png": "photo.png",
    "C:\\Users\\me\\photo.png": "photo.png",
}


def _sent(name: str) -> list[str]:
    """The names of the files that Django reads from a form of one file."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    header = f'Content-Disposition: form-data; name="file"; filename="{quoted}"\r\nContent-Type: image/png'
    body = f"--x\r\n{header}\r\n\r\n1\r\n--x--\r\n".encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x")],
    }
    with Spool(b"x") as spool:
        spool.write(body)
        request, _ = BodyHandler().create_request({**scope, SPOOL: spool}, io.BytesIO())
        return [file.name for file in request.FILES.getlist("file")]


@pytest.mark.parametrize(("sent", "read"), NAMES.items(), ids=lambda name: ascii(name)[:24])
def test_names_arrive_letter_for_letter(sent: str, read: str) -> None:
    assert _sent(sent) == [read]


@pytest.mark.parametrize("name", ["..", "a/..", "/"])
def test_a_name_of_folders_only_is_no_file(name: str) -> None:
    assert _sent(name) == []

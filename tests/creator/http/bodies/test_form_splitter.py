"""A form that was split while it arrived is read by Django as the whole form would be."""

import base64
import io
import tracemalloc

import pytest
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from hypothesis import given
from hypothesis import strategies as st

from creator.http.bodies.form_files import FormFileHandler
from creator.http.bodies.part_headers import readable_header
from creator.http.bodies.spool import IN_MEMORY, Spool
from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder

BOUNDARY = b"----WebKitFormBoundary7MA4YWxk"
DELIMITER = b"--" + BOUNDARY


def header_of(name: bytes) -> bytes:
    return b'Content-Disposition: form-data; name="file"; filename="' + name + b'"\r\nContent-Type: image/png'


FIELD = b'Content-Disposition: form-data; name="field"'
AS_IT_IS = header_of(b"b.png") + b"\r\nContent-Transfer-Encoding: 8bit"
BASE64 = header_of(b"b.png") + b"\r\nContent-Transfer-Encoding: BASE64"
NO_FILE = b'Content-Disposition: form-data; name="file"; filename=""'
HEADERS = [header_of(b"a.png"), header_of("Ü".encode("cp1252")), FIELD, AS_IT_IS, NO_FILE, b"X: y", b""]


def form(*parts: tuple[bytes, bytes]) -> bytes:
    """A multipart body of (header, content) parts."""
    return b"".join(DELIMITER + b"\r\n%s\r\n\r\n%s\r\n" % part for part in parts) + DELIMITER + b"--\r\n"


def parsed(body, spool=None):
    """Fields and files as Django reads them, or the name of its error."""
    request = type("Request", (), {"spool": spool})
    handler = FormFileHandler(request) if spool else MemoryFileUploadHandler()
    if not spool:
        handler.activated = True
    meta = {
        "CONTENT_TYPE": f"multipart/form-data; boundary={BOUNDARY.decode()}",
        "CONTENT_LENGTH": str(len(body.getvalue()) if isinstance(body, io.BytesIO) else 1),
    }
    try:
        fields, files = MultiPartParser(meta, body, [handler], "utf-8").parse()
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent) as error:
        return type(error).__name__
    found = [(name, each) for name, values in files.lists() for each in values]
    read = [(name, each.name, each.content_type, each.size, each.read()) for name, each in found]
    for _, each in found:
        each.close()
    return dict(fields.lists()), read


def split(body: bytes, sizes) -> Spool:
    """The body after it arrived in chunks of these sizes, over and over."""
    spool = Spool(BOUNDARY)
    at = 0
    while at < len(body):
        for size in sizes:
            spool.write(body[at : at + size])
            at += size
    spool.finish()
    return spool


def same(body: bytes, sizes=(4096,)) -> None:
    readable = readable_headers(body)
    with split(body, sizes) as spool:
        assert parsed(spool.outline, spool) == parsed(io.BytesIO(readable))


def readable_headers(body: bytes) -> bytes:
    """The body with every complete header in UTF-8, found in a second and simpler way."""
    first, *parts = body.split(DELIMITER)
    done = [first]
    for part in parts:
        header, end, content = part.partition(b"\r\n\r\n")
        done.append(readable_header(header) + end + content if end else part)
    return DELIMITER.join(done)


contents = st.binary(max_size=200) | st.sampled_from(
    [b"\r\n", b"\n", b"\r", DELIMITER[:-1], b"\r\n" + DELIMITER[:20], b"x" * 9000, b"aGFsbG8=", b"--"]
)
parts = st.tuples(st.sampled_from(HEADERS), st.lists(contents, max_size=3).map(b"".join))


@given(
    parts=st.lists(parts, max_size=6),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=4),
    cut=st.integers(0, 3000),
)
def test_django_reads_the_same_fields_and_files(parts, sizes, cut):
    body = form(*parts)
    same(body, sizes)
    same(body[: max(1, len(body) - cut)], sizes)


@pytest.mark.parametrize("pad", range(4096 - 150, 4096 + 5))
def test_a_header_may_lie_across_two_chunks(pad):
    same(form((FIELD, b"x" * pad), (header_of(b"\xdc"), b"z")))


@pytest.mark.parametrize(
    "body",
    [
        b"no form at all",
        DELIMITER,
        DELIMITER + b"\r\n" + b"h" * 200_000,
        DELIMITER * 20_000,
        DELIMITER
        + b"\r\nX: y"
        + DELIMITER
        + b"\r\n"
        + header_of(b"a")
        + b"\r\n\r\nz\r\n"
        + DELIMITER
        + b"--",
        form((header_of(b"n" * 2000), b"z")),
    ],
    ids=["other", "boundary", "endless header", "boundaries", "two in one header", "long header"],
)
def test_what_is_no_sound_form_is_refused_as_before(body):
    same(body)


def test_more_parts_than_django_takes_are_left_to_its_refusal(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    with split(form(*[(header_of(b"a.png"), b"z")] * 50), (4096,)) as spool:
        assert parsed(spool.outline, spool) == "TooManyFilesSent"
        assert len(spool.files) == 4
    with split(form(*[(FIELD, b"z")] * 1100), (4096,)) as spool:
        assert parsed(spool.outline, spool) == "TooManyFieldsSent"


def test_a_file_is_stored_once_and_not_in_memory():
    photo = bytes(range(256)) * 4 * 1024 * 8
    tracemalloc.start()
    with split(form((FIELD, b"kept"), (header_of(b"a.png"), photo)), (65536,)) as spool:
        peak = tracemalloc.get_traced_memory()[1]
        (path,) = spool.files.values()
        assert (path.read_bytes() == photo, spool.outline.seek(0, 2) < IN_MEMORY) == (True, True)
        assert path.parent == scratch_folder()
    tracemalloc.stop()
    assert (path.exists(), peak < 3 * len(photo)) == (False, True)


def test_content_that_looks_like_a_token_is_content():
    with split(form((header_of(b"a.png"), b"0" * 32), (FIELD, b"z")), (4096,)) as spool:
        assert parsed(spool.outline, spool)[1][0][4] == b"0" * 32


def test_nothing_is_left_of_a_form_whose_end_never_came():
    before = set(scratch_folder().iterdir())
    with split(form((header_of(b"a.png"), b"z" * 10_000))[:5000], (4096,)) as spool:
        assert set(scratch_folder().iterdir()) != before
        assert parsed(spool.outline, spool) == ({}, [])
    assert set(scratch_folder().iterdir()) == before


@given(
    photo=st.binary(max_size=3000),
    width=st.sampled_from([4, 64, 76]),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=3),
)
def test_a_file_in_base64_is_stored_decoded(photo, width, sizes):
    text = base64.b64encode(photo)
    lines = b"\r\n".join(text[at : at + width] for at in range(0, len(text), width))
    with split(form((FIELD, b"kept"), (BASE64, lines), (FIELD, b"too")), sizes) as spool:
        (path,) = spool.files.values()
        assert path.read_bytes() == photo
        fields, files = parsed(spool.outline, spool)
        assert (fields, files[0][1:]) == (
            {"field": ["kept", "too"]},
            ("b.png", "image/png", len(photo), photo),
        )


@pytest.mark.parametrize("text", [b"YWI", b"Y?==", b"====", b"YQ==YQ==", b"\xff\xfe\xfd\xfc"])
def test_what_is_no_base64_is_refused(text):
    before = set(scratch_folder().iterdir())
    with Spool(BOUNDARY) as spool, pytest.raises(Refused) as refused:
        spool.write(form((BASE64, text)))
    assert (refused.value.code, set(scratch_folder().iterdir())) == ("malformed_request", before)


def test_files_are_dropped_where_they_are_not_kept():
    with Spool(BOUNDARY, keep_files=False) as spool:
        spool.write(form((header_of(b"a.png"), b"z" * 500_000), (FIELD, b"kept")))
        spool.finish()
        fields, files = parsed(spool.outline, spool)
        assert (fields, spool.files, files[0][3]) == ({"field": ["kept"]}, {}, 32)

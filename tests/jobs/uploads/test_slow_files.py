"""Files that were made to be read slowly cost a child little more processor time than honest photos do."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from jobs.uploads.files.formats import HEAD_BYTES, identify
from jobs.uploads.files.jpeg_scans import check_parts
from jobs.uploads.metadata.text import clean_text
from jobs.uploads.metadata.xmp import read_xmp
from tests.jobs.uploads.corpus_slow import many_scans, slow_files, slow_packets
from tests.jobs.uploads.pictures import encode

ROOT = str(Path(__file__).resolve().parents[3])
CPU_S = 3.0
"""An honest photo of 24 megapixels takes about one second."""
READ = """
import sys
sys.path.insert(0, sys.argv[1])
from jobs.uploads.decoder import guard
from jobs.uploads.picture import open_picture, read_picture
from jobs.uploads.unfit import Unfit

try:
    with open(sys.argv[2], "rb") as file:
        guard(lambda: read_picture(open_picture(file, sys.argv[3])))
except Unfit as unfit:
    print(unfit)
"""


@pytest.mark.parametrize("make", slow_files().values(), ids=slow_files())
def test_a_slow_file_is_soon_read_or_refused(make: Callable[[], bytes], tmp_path: Path) -> None:
    content = make()
    path = tmp_path / "file"
    path.write_bytes(content)
    child = subprocess.Popen(
        [sys.executable, "-I", "-c", READ, ROOT, str(path), identify(content[:HEAD_BYTES])]
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    assert usage.ru_utime + usage.ru_stime < CPU_S


def test_xmp_takes_time_by_its_length_alone() -> None:
    begun = time.process_time()
    for packet in slow_packets():
        read_xmp(packet)
    assert time.process_time() - begun < CPU_S


@pytest.mark.parametrize(
    "text", [" " * 10**6, " \t" * 10**6, "\U0001f1e6" * 10**6, "a\u0301" * 10**6, "\u0301" * 10**6]
)
def test_names_take_time_by_their_length_alone(text: str) -> None:
    begun = time.process_time()
    clean_text(text, limit=100_000)
    assert time.process_time() - begun < CPU_S


def test_every_scan_that_an_encoder_writes_is_taken() -> None:
    """Skia takes fewer than 100; jpegtran's and mozjpeg's scripts have up to 64."""
    check_parts(many_scans(90))
    check_parts(encode(Image.effect_noise((640, 480), 90).convert("CMYK"), "JPEG", progressive=True))

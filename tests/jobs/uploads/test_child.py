"""The decoder's child process: its limits and imports. However it ends, the folder stays clean."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.decoders import Ending, Pool
from jobs.uploads import child_limits
from jobs.uploads.child_limits import ChildLimits
from jobs.uploads.normalise import DecoderFailed, NormalisedPhoto, normalise_photo
from jobs.uploads.unfit import RefusedPhoto
from tests.jobs.uploads import raw_files
from tests.jobs.uploads.pictures import encode, quadrants

ROOT = str(Path(__file__).resolve().parents[3])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(encode(quadrants(), "PNG"))
    return path


class Spoilt(Pool):
    """Decoders that do one of the acts of `bad_children` instead."""

    def __init__(self, folder: Path, act: str) -> None:
        super().__init__(folder, "tests.jobs.uploads.bad_children")
        self.act = act

    def run(self, task: str, *arguments: Any, **options: Any) -> Ending:
        return super().run(self.act, *arguments, **options)


def _normalise(source: Path, pool: Pool) -> NormalisedPhoto:
    into = source.parent / "into"
    return normalise_photo(
        source, name="a.png", into=into, max_bytes=10**7, megapixels=24, pool=pool, person="a"
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spoilt")


def _run_python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {ROOT!r}); {code}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_imports_no_framework_and_no_array_library() -> None:
    loaded = json.loads(
        _run_python(
            "import json, jobs.uploads.decoder, jobs.uploads.picture;"
            "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
        )
    )
    assert {"django", "celery", "numpy", "cv2", "creator", "pillow_heif"}.intersection(loaded) == set()


def test_limits_hold_for_the_process_that_applies_them() -> None:
    wanted = ChildLimits.sized_for(10**7, 24)
    got = _run_python(
        "import resource as r; from jobs.uploads.child_limits import ChildLimits;"
        "limits = ChildLimits.load(sys.argv[1]); limits.apply(); before = r.getrlimit(r.RLIMIT_CPU);"
        "limits.bound_cpu(12_000_000);"
        "print([*before, *r.getrlimit(r.RLIMIT_CPU)]"
        "+ [r.getrlimit(k)[1] for k in (r.RLIMIT_AS, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE)])",
        wanted.dump(),
    )
    assert json.loads(got) == [5, 32, 17, 32, wanted.address_space, wanted.file_bytes, 32]


ENDINGS = {
    "crash": "“a.png” could not be read. Export it again as JPEG or PNG and send that.",
    "burn": "“a.png” took too long to read. Export it again as JPEG or PNG and send that.",
    "sleep": "“a.png” took too long to read. Export it again as JPEG or PNG and send that.",
}


@pytest.mark.parametrize(("act", "message"), ENDINGS.items(), ids=ENDINGS)
def test_a_death_is_told_in_words(act: str, message: str, source: Path, folder: Path) -> None:
    with pytest.raises(RefusedPhoto) as refusal:
        _normalise(source, Spoilt(folder, act))
    assert (refusal.value.code, refusal.value.message) == ("unsupported_image", message)
    assert list((source.parent / "into").iterdir()) == []


def test_a_failure_of_ours_is_not_the_photos_fault(source: Path, folder: Path) -> None:
    with pytest.raises(DecoderFailed, match="decoder ended with status 1"):
        _normalise(source, Spoilt(folder, "fail"))
    assert list((source.parent / "into").iterdir()) == []


def test_decoders_that_do_not_start_are_not_the_photos_fault(source: Path, folder: Path) -> None:
    with pytest.raises(DecoderFailed, match="the decoders"):
        _normalise(source, Spoilt(folder, "unknown"))
    assert list((source.parent / "into").iterdir()) == []


@pytest.mark.parametrize("act", ["tell_nothing", "tell_no_json", "tell_a_list", "tell_half", "leave_a_link"])
def test_a_child_that_lies_is_not_believed(act: str, source: Path, folder: Path) -> None:
    with pytest.raises(DecoderFailed, match="the decoder left no sound result"):
        _normalise(source, Spoilt(folder, act))
    assert list((source.parent / "into").iterdir()) == []


def test_a_full_disk_is_not_the_photos_fault(
    source: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = ChildLimits.sized_for
    monkeypatch.setattr(ChildLimits, "sized_for", lambda *sizes: replace(original(*sizes), file_bytes=100))
    with pytest.raises(DecoderFailed):
        _normalise(source, pool)
    assert list((source.parent / "into").iterdir()) == []


def test_too_little_memory_is_told_as_too_large(
    source: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write_bytes(raw_files.png(6000, 4000, 1, 0, bytes(750)))
    monkeypatch.setattr(child_limits, "_BASE_BYTES", 100 * 1024**2)
    monkeypatch.setattr(child_limits, "_BYTES_PER_PIXEL", 0)
    with pytest.raises(RefusedPhoto) as refusal:
        _normalise(source, pool)
    message = "“a.png” needs too much memory. Send a smaller version."
    assert (refusal.value.code, refusal.value.message) == ("image_too_large", message)


def test_the_folder_may_exist_and_what_it_holds_stays(source: Path, pool: Pool) -> None:
    into = source.parent / "into"
    into.mkdir()
    (into / "other").write_text("x")
    _normalise(source, pool)
    assert sorted(path.name for path in into.iterdir()) == [
        "other",
        "photo.png",
        "preview.webp",
        "thumbnail.webp",
    ]

"""The decoder's child process: its limits and imports. However it ends, the folder stays clean."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jobs.uploads import child_limits, normalise
from jobs.uploads.child_limits import ChildLimits
from jobs.uploads.normalise import DecoderFailed, NormalisedPhoto, normalise_photo
from jobs.uploads.unfit import RefusedPhoto, Unfit
from tests.jobs.uploads import raw_files
from tests.jobs.uploads.pictures import encode, quadrants

ROOT = str(Path(__file__).resolve().parents[3])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "upload"
    path.write_bytes(encode(quadrants(), "PNG"))
    return path


def _normalise(source: Path, timeout_s: float = 60, megapixels: int = 24) -> NormalisedPhoto:
    into = source.parent / "into"
    return normalise_photo(
        source, name="a.png", into=into, max_bytes=10**7, megapixels=megapixels, timeout_s=timeout_s
    )


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
    wanted = ChildLimits.sized_for(10**7, 24, 7.5)
    got = _run_python(
        "import resource as r; from jobs.uploads.child_limits import ChildLimits; ChildLimits.load(sys.argv[1]).apply();"
        "print([r.getrlimit(k)[1] for k in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_FSIZE, r.RLIMIT_NOFILE)])",
        wanted.dump(),
    )
    assert json.loads(got) == [wanted.address_space, 8, wanted.file_bytes, 32]


ENDINGS = {
    "import os; os.kill(os.getpid(), 11)": "“a.png” could not be read. Export it again as JPEG or PNG and send that.",
    "import os; os.kill(os.getpid(), 24)": "“a.png” took too long to read. Export it again as JPEG or PNG and send that.",
}


@pytest.mark.parametrize(("boot", "message"), ENDINGS.items(), ids=["SIGSEGV", "SIGXCPU"])
def test_a_death_is_told_in_words(
    boot: str, message: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normalise, "_BOOT", boot)
    with pytest.raises(RefusedPhoto) as refusal:
        _normalise(source)
    assert (refusal.value.code, refusal.value.message) == ("unsupported_image", message)
    assert list((source.parent / "into").iterdir()) == []


def test_a_failure_of_ours_is_not_the_photos_fault(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "_BOOT", "raise ImportError('no Pillow')")
    with pytest.raises(DecoderFailed, match="decoder ended with status 1"):
        _normalise(source)
    assert list((source.parent / "into").iterdir()) == []


LIES = {
    "nothing": "pass",
    "no JSON": "open('report.json', 'w').write('{')",
    "a list": "open('report.json', 'w').write('[]')",
    "half a report": "open('report.json', 'w').write('{\"width\": 5}')",
    "a link": "import os; open('report.json', 'w').write('{}'); os.symlink('/etc/passwd', 'photo.png')",
}


@pytest.mark.parametrize("boot", LIES.values(), ids=LIES)
def test_a_child_that_lies_is_not_believed(boot: str, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "_BOOT", boot)
    with pytest.raises(DecoderFailed, match="the decoder left no sound result"):
        _normalise(source)
    assert list((source.parent / "into").iterdir()) == []


def test_a_full_disk_is_not_the_photos_fault(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = ChildLimits.sized_for

    def tiny(*sizes: float) -> ChildLimits:
        made = original(*sizes)  # type: ignore[arg-type]
        return ChildLimits(made.megapixels, made.address_space, 100, made.cpu_s)

    monkeypatch.setattr(ChildLimits, "sized_for", tiny)
    with pytest.raises(DecoderFailed):
        _normalise(source)
    assert list((source.parent / "into").iterdir()) == []


def test_too_slow_is_killed(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "_BOOT", "import os; os.read(os.pipe()[0], 1)")
    with pytest.raises(RefusedPhoto, match="took too long to read"):
        _normalise(source, timeout_s=0.5)
    assert list((source.parent / "into").iterdir()) == []


def test_too_little_memory_is_told_as_too_large(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source.write_bytes(raw_files.png(6000, 4000, 1, 0, bytes(750)))
    monkeypatch.setattr(child_limits, "_BASE_BYTES", 100 * 1024**2)
    monkeypatch.setattr(child_limits, "_BYTES_PER_PIXEL", 0)
    with pytest.raises(RefusedPhoto) as refusal:
        _normalise(source)
    message = "“a.png” needs too much memory. Send a smaller version."
    assert (refusal.value.code, refusal.value.message) == ("image_too_large", message)


def test_sees_nothing_of_the_parents_environment(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note = source.parent / "environment"
    monkeypatch.setenv("SECRET_KEY", "secret")
    boot = f"import os, pathlib; pathlib.Path({str(note)!r}).write_text(' '.join(sorted(os.environ))); raise SystemExit(1)"
    monkeypatch.setattr(normalise, "_BOOT", boot)
    with pytest.raises(DecoderFailed):
        _normalise(source)
    assert note.read_text() == "LC_ALL MALLOC_ARENA_MAX OPENBLAS_NUM_THREADS PYTHONDONTWRITEBYTECODE"


def test_at_most_so_many_at_once(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "_children", threading.BoundedSemaphore(2))
    both, lock, running, seen = threading.Barrier(2, timeout=60), threading.Lock(), [0], []

    def run(*_: object) -> int:
        with lock:
            running[0] += 1
            seen.append(running[0])
        both.wait()  # two are inside; a third would have been counted by now, unless it waits outside
        with lock:
            running[0] -= 1
        both.wait()
        raise Unfit("unsupported_image", "is a test.")

    monkeypatch.setattr(normalise, "_run_child", run)
    threads = [threading.Thread(target=_refused, args=(source,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(seen), max(seen)) == (4, 2)


def _refused(source: Path) -> None:
    with pytest.raises(RefusedPhoto):
        _normalise(source)


def test_the_folder_may_exist_and_what_it_holds_stays(source: Path) -> None:
    into = source.parent / "into"
    into.mkdir()
    (into / "other").write_text("x")
    _normalise(source)
    assert sorted(path.name for path in into.iterdir()) == [
        "other",
        "photo.png",
        "preview.webp",
        "thumbnail.webp",
    ]

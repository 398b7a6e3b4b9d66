"""What the burst into a watched folder is judged by, without the product."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.dropped import Drop, Hands, draw_drops, encode
from benchmarks.folder_judge import FolderJudge, number_of
from benchmarks.pictures import trial_pixels


@pytest.fixture
def hands(tmp_path) -> Hands:
    hands = Hands(tmp_path, random.Random(1))
    hands.begin([Drop("plain", "a.png", b"a"), Drop("moved_in", "b.png", b"b")], burst_s=0)
    hands.wait()
    return hands


def test_a_seed_decides_every_drop():
    drops = draw_drops(random.Random(3), 200)

    assert drops == draw_drops(random.Random(3), 200)
    assert sum(2 if drop.later and drop.how == "copied" else 1 for drop in drops) == 200
    contents = [drop.content for drop in drops if drop.content]
    assert len(set(contents)) == len(contents)


def test_all_names_differ_and_fit_a_file_system():
    for seed in range(20):
        drops = draw_drops(random.Random(seed), 200)
        names = [name for drop in drops for name in (drop.name, drop.later) if name]
        assert len(set(names)) == len(names)
        assert max(len(name.encode()) for name in names) <= 255


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tiff", ".jpeg"])
def test_a_result_is_known_by_its_pixels(tmp_path, suffix):
    for number in (0, 17, 300, 2199):
        photo = tmp_path / f"photo{suffix}"
        photo.write_bytes(encode(number, suffix))
        with Image.open(photo) as image:
            pixels = 255 - np.asarray(image.convert("RGB"))
        Image.fromarray(pixels).save(tmp_path / "result.png")
        assert number_of(tmp_path / "result.png") == number


def test_other_pictures_are_known_by_no_number(tmp_path):
    Image.fromarray(trial_pixels(3)).resize((32, 32)).save(tmp_path / "small.png")
    (tmp_path / "none.png").write_bytes(b"none")

    assert number_of(tmp_path / "small.png") is None
    assert number_of(tmp_path / "none.png") is None


def test_files_that_are_left_alone_are_not_touched(hands):
    assert hands.touched() == []


@pytest.mark.parametrize(
    "harm",
    [
        lambda folder: (folder / "a.png").write_bytes(b"x"),
        lambda folder: (folder / "a.png").unlink(),
        lambda folder: (folder / "a.png").touch(),
        lambda folder: (folder / "a.png").write_bytes((folder / "a.png").read_bytes()),
        lambda folder: (folder / "result.png").write_bytes(b"r"),
    ],
    ids=["other content", "gone", "other time", "written again", "added"],
)
def test_each_touch_is_found(hands, harm):
    harm(hands.folder)

    assert len(hands.touched()) == 1


@pytest.mark.parametrize(
    ("notes", "wrong"),
    [
        (["text.FAILED.txt"], 0),
        (["text.FAILED.txt", "IMG_1.FAILED.txt", "IMG_1.FAILED-2.txt"], 0),
        ([], 1),
        (["text.FAILED.txt", "text.FAILED-2.txt"], 1),
        (["text.FAILED.txt", "IMG_2.FAILED.txt"], 1),
        (["text.FAILED.txt", "other.FAILED.txt"], 1),
        (["text.FAILED.txt", "empty.FAILED.txt"], 1),
    ],
)
def test_what_is_no_picture_has_one_note(notes, wrong):
    drops = [
        Drop("plain", "text.jpg", b"text"),
        Drop("plain", "empty.jpg", b""),
        Drop("stalled", "IMG_1.png", b"1", 1),
        Drop("plain", "IMG_2.png", b"2", 2),
    ]

    assert FolderJudge("", Path(), drops).wrong_notes(notes, excused=0) == wrong

"""`make run` watches a folder out of the box: one for each preset, with results in one place."""

import pytest

from drive.folders import stop_watching
from drive.local_folders import watch_local_folders
from drive.models import Connection, WatchedFolder


@pytest.fixture
def watched(cast, presets, tmp_path):
    watch_local_folders(cast.owner, tmp_path / "drive")
    return {each.input_id: each for each in WatchedFolder.objects.all()}


def test_a_subfolder_named_like_a_preset_uses_it_and_the_rest_is_cinematic(watched, presets, tmp_path):
    photos = {slug for slug, each in presets.items() if each.manifest.needs_photo}
    assert {each.preset_id for path, each in watched.items() if path != "inbox"} == photos
    assert all(path in ("inbox", f"inbox/{each.preset_id}") for path, each in watched.items())
    assert watched["inbox"].preset_id == "cinematic"
    assert {each.output_id for each in watched.values()} == {"outbox"}
    assert {each.takes_from for each in watched.values()} == {None}
    assert (tmp_path / "drive" / "outbox").is_dir()


def test_a_second_start_adds_nothing_and_brings_back_nothing(watched, cast, tmp_path):
    stop_watching(watched["inbox"])
    watch_local_folders(cast.owner, tmp_path / "drive")
    assert WatchedFolder.objects.count() == len(watched)
    assert Connection.objects.count() == 1
    assert WatchedFolder.objects.get(input_id="inbox").is_ended

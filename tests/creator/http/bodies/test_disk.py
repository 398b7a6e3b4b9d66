from collections import namedtuple
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from creator.http.bodies import disk
from creator.http.bodies.disk import LOOKED_AFTER_BYTES, MIB, Disk, has_room
from creator.lib.errors import Refused

Usage = namedtuple("Usage", "total used free")
GIB = 1024 * MIB


@pytest.fixture
def free(monkeypatch, settings):
    """`free(gib)` sets what is free on a disk of 100 GiB, of which 1 GiB and 2 % are to stay free."""
    settings.CONFIG = replace(settings.CONFIG, keep_free_mib=1024, keep_free_percent=2.0)

    def set_free(gib):
        usage = Usage(100 * GIB, 0, int(gib * GIB))
        monkeypatch.setattr(disk.shutil, "disk_usage", lambda folder: usage)

    return set_free


@pytest.mark.parametrize(
    ("kept", "gib"), [({}, 2), ({"keep_free_mib": 5 * 1024}, 5), ({"keep_free_percent": 0}, 1)]
)
def test_the_larger_of_the_two_stays_free(free, settings, kept, gib):
    settings.CONFIG = replace(settings.CONFIG, **kept)
    free(gib + 0.01)
    assert has_room()
    free(gib - 0.01)
    assert not has_room()


def test_bodies_that_are_still_arriving_count(free):
    free(3)
    with Disk().room_for(GIB) as promise:
        promise.arrived(GIB)
    ours = Disk()
    with ours.room_for(GIB // 2) as first:
        with pytest.raises(Refused), capture_logs() as logs, ours.room_for(GIB * 6 // 10):
            pass
        assert [line["event"] for line in logs] == ["disk_nearly_full"]
        first.arrived(GIB // 2)
        with ours.room_for(GIB * 6 // 10):
            pass
    with ours.room_for(GIB):
        pass


def test_a_disk_that_others_fill_meanwhile_ends_the_body(free):
    free(3)
    with Disk().room_for(GIB) as promise:
        free(1.9)
        with pytest.raises(Refused) as refused:
            promise.arrived(LOOKED_AFTER_BYTES)
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "30"})

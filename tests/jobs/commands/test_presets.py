import shutil
import tomllib
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from jobs.models import Preset, PresetVersion
from jobs.presets import shipped
from tests.jobs.lifecycle import rows

CATALOG = Path(shipped.__file__).parent / "catalog"


def presets(*words):
    out = StringIO()
    call_command("presets", *map(str, words), stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path):
    """A copy of a shipped preset that the test may change."""
    return Path(shutil.copytree(CATALOG / "mono_film", tmp_path / "mono_film"))


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_import_offers_what_is_shipped_and_nothing_twice(db):
    count = len(shipped.shipped_presets())
    assert [presets("import"), presets("import")] == [f"{count} new versions.\n", "0 new versions.\n"]
    assert Preset.objects.count() == count


def test_list_says_version_and_whether_a_node_can_run_it(db):
    rows.slow_preset("quick")
    rows.slow_preset("hungry", test_class="TestOutOfMemory")
    rows.make_node()
    assert presets("list").splitlines() == ["hungry\tv1\tNo node can run this yet.", "quick\tv1\tready"]


def test_check_finds_the_shipped_presets_sound(db):
    assert presets("check") == f"{len(shipped.shipped_presets())} presets are sound.\n"


def test_a_folder_is_imported_as_the_next_version(db, folder):
    presets("import")
    replace(folder / "preset.toml", "default = 0.24", "default = 0.25")
    assert presets("import", folder) == "1 new version.\n"
    assert list(PresetVersion.objects.filter(preset="mono_film").values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("preset.toml", 'output_node = "9"', 'output_node = "190"', "output node 190"),
        ("preset.toml", "credits = ", "credit = ", "credits"),
        ("workflow.json", '"SaveImage"', '"SaveNothing"', "SaveNothing"),
        ("workflow.json", "{", "", "workflow.json"),
    ],
)
def test_a_folder_that_is_not_sound_is_refused_by_name(db, folder, file, old, new, named):
    replace(folder / file, old, new)
    with pytest.raises(CommandError, match=named):
        presets("import", folder)
    assert (Preset.objects.count(), PresetVersion.objects.count()) == (0, 0)


def test_a_folder_that_is_not_there_is_told(db, tmp_path):
    with pytest.raises(CommandError, match=r"nowhere"):
        presets("import", tmp_path / "nowhere")


def test_weighing_times_each_step_of_the_graph(cpu_node, tmp_path):
    photo = tmp_path / "photo.png"
    Image.effect_noise((64, 48), 60).convert("RGB").save(photo)
    weights = tomllib.loads(presets("weigh", "mono_film", photo, "--node", cpu_node))["weights"]
    assert set(weights) <= shipped.load_preset(CATALOG / "mono_film").workflow.keys()
    assert {"1", "9"} <= weights.keys()
    assert min(weights.values()) >= 0 < max(weights.values())


@pytest.mark.parametrize(("slug", "said"), [("unknown", "No preset unknown"), ("mono_film", "photo")])
def test_what_cannot_be_weighed_is_said(slug, said, cpu_node):
    with pytest.raises(CommandError, match=said):
        presets("weigh", slug, "--node", cpu_node)

from dataclasses import replace

import pytest

from creator.lib.errors import Refused
from jobs.catalogue import (
    get_offered,
    import_preset,
    import_shipped,
    lacking,
    needs_served,
    offered_presets,
    servable_needs,
    serving,
)
from jobs.enums import NodeState
from jobs.models import Node, Preset, PresetVersion
from jobs.presets.shipped import ShippedPreset, digest_of, shipped_presets
from tests.jobs.lifecycle import rows


@pytest.fixture
def shipped(db) -> ShippedPreset:
    return next(preset for preset in shipped_presets() if preset.manifest.slug == "cinematic")


def changed(shipped, **fields) -> ShippedPreset:
    """Return the preset with a changed manifest; its digest decides whether that is a new version."""
    manifest = replace(shipped.manifest, **fields)
    return ShippedPreset(manifest, shipped.workflow, digest_of(manifest, shipped.workflow))


def test_importing_again_changes_nothing(db):
    made = import_shipped()
    assert {version.preset_id for version in made} == {p.manifest.slug for p in shipped_presets()}
    before = list(Preset.objects.values()), list(PresetVersion.objects.values())
    assert import_shipped() == []
    assert (list(Preset.objects.values()), list(PresetVersion.objects.values())) == before


def test_a_changed_preset_is_a_new_version_and_jobs_keep_theirs(shipped):
    first = import_preset(shipped)
    second = import_preset(changed(shipped, output_node="8"))
    assert (first.number, second.number) == (1, 2)
    assert Preset.objects.get(slug="cinematic").current == second
    assert PresetVersion.objects.get(pk=first.pk).manifest.output_node == "9"


def test_going_back_offers_the_old_version_again(shipped):
    first = import_preset(shipped)
    import_preset(changed(shipped, output_node="8"))
    assert import_preset(shipped) is None
    assert get_offered("cinematic").version == first
    assert PresetVersion.objects.count() == 2


def test_better_words_are_no_new_version_and_are_shown(shipped):
    import_preset(shipped)
    assert import_preset(changed(shipped, title="Film", run_timeout_s=7)) is None
    offered = get_offered("cinematic")
    assert (offered.manifest.title, offered.manifest.run_timeout_s, offered.version.number) == ("Film", 7, 1)


def test_a_price_that_staff_set_stays(shipped):
    import_preset(shipped)
    Preset.objects.update(price=99)
    import_preset(changed(shipped, credits=5, output_node="8"))
    assert get_offered("cinematic").preset.price == 99


def test_versions_are_never_deleted(shipped):
    version = import_preset(shipped)
    with pytest.raises(TypeError):
        version.delete()
    assert PresetVersion.objects.filter(pk=version.pk).exists()


def test_what_is_switched_off_is_not_offered(presets):
    Preset.objects.filter(slug="cinematic").update(enabled=False)
    assert {offered.preset.slug for offered in offered_presets()} == set(presets) - {"cinematic"}
    with pytest.raises(Refused) as caught:
        get_offered("cinematic")
    assert caught.value.code == "not_found"


def test_presets_are_offered_in_the_catalogues_order_with_two_queries(presets, django_assert_num_queries):
    with django_assert_num_queries(2):
        offered = offered_presets()
    assert [o.manifest.slug for o in offered] == [p.manifest.slug for p in shipped_presets()]


def test_a_preset_is_available_where_an_active_node_has_all_it_needs(presets):
    wanted = presets["sdxl_portrait"].manifest
    node = rows.make_node(classes=list(wanted.required_classes))
    files = list(wanted.required_models)
    assert lacking(wanted, node) == files != []
    assert get_offered("sdxl_portrait").why == "No node can run this yet."
    Node.objects.update(model_files=[name.rsplit("/", 1)[-1] for name in files])
    assert (get_offered("sdxl_portrait").available, get_offered("sdxl_portrait").why) == (True, "")
    Node.objects.update(state=NodeState.DRAINING)
    assert get_offered("sdxl_portrait").available is False


WAITS = "No node can run this now. Jobs will wait for one."
NEVER = "No node can run this yet."


def offer_of(offered) -> tuple[bool, bool, str]:
    return offered.available, offered.takes_jobs, offered.why


@pytest.mark.parametrize(
    ("nodes", "offer"),
    [
        ([], (False, True, WAITS)),
        ([{}], (True, True, "")),
        ([{"state": NodeState.DRAINING}], (False, True, WAITS)),
        ([{"state": NodeState.OFF}, {"classes": []}], (False, False, NEVER)),
        ([{"classes": []}, {"classes": []}], (False, False, NEVER)),
        ([{"classes": []}, {"classes": [], "abilities_read_at": None}], (False, True, WAITS)),
        ([{"classes": []}, {"state": NodeState.DRAINING}], (False, True, WAITS)),
        ([{"classes": []}, {}], (True, True, "")),
    ],
)
def test_jobs_are_taken_unless_every_node_is_known_to_lack_something(db, nodes, offer):
    rows.slow_preset()
    for number, fields in enumerate(nodes):
        rows.make_node(f"n{number}", **fields)
    assert offer_of(get_offered("slow")) == offer
    assert [offer_of(offered) for offered in offered_presets()] == [offer]


def test_a_node_lacks_classes_by_name(presets):
    wanted = presets["cinematic"].manifest
    node = rows.make_node(classes=[name for name in wanted.required_classes if name != "ImageBlur"])
    assert lacking(wanted, node) == ["ImageBlur"]


def test_a_node_serves_those_versions_that_it_can_run(presets):
    slow = rows.slow_preset()
    needs = [offered.version.digest for offered in (*presets.values(), slow)]
    assert servable_needs(needs, rows.make_node()) == {slow.version.digest}


def test_a_version_that_this_code_cannot_read_is_served_by_nobody_and_the_others_are(shipped):
    """One unreadable row of a newer release must not keep workers from placing jobs of other presets."""
    import_preset(shipped)
    slow = rows.slow_preset()
    PresetVersion.objects.filter(preset_id="cinematic").update(
        manifest_json={"written by": "a newer release"}
    )
    serving._manifest_of.cache_clear()
    node = rows.make_node()
    assert needs_served([node]) == {node.pk: {slow.version.digest}}

import numpy as np
import PIL.Image

from jobs.cpu_node.cache import Cache, Entry
from jobs.cpu_node.node import Node
from tests.jobs.cpu_node.golden import run_graph


def picture_of(size: int) -> Entry:
    return Entry((np.zeros(size // 4, np.float32),))


def kept(cache: Cache, *names: str) -> list[str]:
    return [name for name in names if cache.get(name) is not None]


def test_the_least_recently_used_of_equal_size_goes_first() -> None:
    cache = Cache(limit=3300)
    for name in "abc":
        cache.put(name, picture_of(800))
    cache.get("a")
    cache.put("d", picture_of(800))
    assert kept(cache, *"abcd") == ["a", "c", "d"]


def test_small_entries_outlive_large_ones() -> None:
    cache = Cache(limit=4000)
    cache.put("names", Entry((), {"images": []}))
    for number in range(10):
        cache.put(f"picture {number}", picture_of(1500))
    assert kept(cache, "names", *(f"picture {number}" for number in range(10))) == [
        "names",
        "picture 8",
        "picture 9",
    ]


def test_what_fills_more_than_half_is_not_kept() -> None:
    cache = Cache(limit=4000)
    cache.put("small", picture_of(400))
    cache.put("huge", picture_of(3000))
    assert kept(cache, "small", "huge") == ["small"]


def graph(*, prefix: str, through_save: bool = False) -> dict[str, object]:
    size = {"width": 8, "height": 8, "batch_size": 1, "color": 3}
    nodes: dict[str, object] = {
        "1": {"class_type": "EmptyImage", "inputs": size},
        "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": prefix}},
    }
    if through_save:
        nodes["10"] = {"class_type": "PreviewImage", "inputs": {"images": ["9", 0]}}
    return nodes


def cached_nodes(node: Node, **options: object) -> list[str]:
    messages = dict(run_graph(node, graph(**options)).messages)  # type: ignore[arg-type]
    return messages["execution_cached"]["nodes"]


def test_a_repeated_prompt_runs_nothing_and_a_new_prefix_only_the_save(empty_node: Node) -> None:
    runs = [cached_nodes(empty_node, prefix=prefix) for prefix in ("a", "a", "b")]
    assert runs == [[], ["1", "2", "9"], ["1", "2"]]


def test_the_picture_of_a_save_is_made_again_where_another_node_wants_it(empty_node: Node) -> None:
    cached_nodes(empty_node, prefix="a")
    assert cached_nodes(empty_node, prefix="a", through_save=True) == ["1", "2"]


def test_two_nodes_of_equal_inputs_run_once(empty_node: Node) -> None:
    nodes = graph(prefix="a")
    nodes["3"] = {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}}
    nodes["10"] = {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "b"}}
    runs: list[str] = []
    inner = empty_node.registry["ImageInvert"].run
    changed = dict(empty_node.registry)
    counting = {"run": lambda image: runs.append("run") or inner(image)}
    changed["ImageInvert"] = type(changed["ImageInvert"])(**{**vars(changed["ImageInvert"]), **counting})
    empty_node.executor.registry = changed
    result = run_graph(empty_node, nodes)
    assert (result.status, runs) == ("success", ["run"])


def test_changed_bytes_behind_one_name_are_noticed(empty_node: Node) -> None:
    path = empty_node.files.folder("input") / "p.png"
    load = {
        "1": {"class_type": "LoadImage", "inputs": {"image": "p.png"}},
        "9": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    shown = []
    for size in ((4, 4), (5, 5)):
        PIL.Image.new("RGB", size).save(path)
        shown.append(run_graph(empty_node, load).outputs["9"]["images"][0]["filename"])
    assert shown[0] != shown[1]

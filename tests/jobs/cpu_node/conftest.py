import shutil
from pathlib import Path

import pytest

from jobs.cpu_node.node import Node, build_node
from tests.jobs.cpu_node.golden import GOLDEN


@pytest.fixture(scope="session")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node without a server, with all the input files of the golden cases."""
    node = build_node(tmp_path_factory.mktemp("gallery"), test_nodes=True)
    for path in (GOLDEN / "nodes" / "inputs").iterdir():
        shutil.copy(path, node.files.folder("input"))
    return node


@pytest.fixture
def empty_node(tmp_path: Path) -> Node:
    """A node without a server that has run nothing yet."""
    return build_node(tmp_path, test_nodes=True)

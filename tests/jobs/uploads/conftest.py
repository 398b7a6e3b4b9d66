from pathlib import Path

import pytest

from jobs.decoders import Pool


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    """Decoders as the product runs them."""
    return Pool(Path(tmp_path_factory.mktemp("pool")) / "decoders", tasks="jobs.uploads.tasks")

import pytest

from accounts.api_keys import make_api_key


@pytest.fixture
def key_and_secret(cast):
    """A working key of the owner: (row, the key itself)."""
    return make_api_key(owner=cast.owner, name="my script")

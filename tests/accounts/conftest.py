import pytest

from accounts.api_keys import make_api_key


@pytest.fixture
def key_and_secret(cast):
    """Returns a working API key of the owner as (row, the key itself)."""
    return make_api_key(owner=cast.owner, name="my script")

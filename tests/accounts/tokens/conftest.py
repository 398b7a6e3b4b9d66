import pytest

from accounts.tokens import Tokens, issue


@pytest.fixture
def pair(cast) -> Tokens:
    """The first tokens of a program of the owner's."""
    return issue(cast.owner, device="laptop", address="192.0.2.1")

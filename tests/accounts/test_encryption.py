import pytest

from accounts.encryption import Encryption, Unreadable

BOX = Encryption("a purpose")
NEW = "another-key-" * 5


def test_what_was_encrypted_is_read_back_and_never_looks_the_same_twice():
    first, second = BOX.encrypt("a secret ✓"), BOX.encrypt("a secret ✓")
    assert first != second
    assert BOX.decrypt(first) == BOX.decrypt(second) == "a secret ✓"


def test_one_purpose_does_not_read_another(settings):
    with pytest.raises(Unreadable):
        Encryption("another purpose").decrypt(BOX.encrypt("a secret"))


@pytest.mark.parametrize("broken", ["", "a secret", "gAAAAA", BOX.__class__.__name__ * 9])
def test_what_is_not_encrypted_is_unreadable(broken):
    with pytest.raises(Unreadable):
        BOX.decrypt(broken)


def test_a_new_key_reads_the_old_one_s_secrets_while_that_is_a_fallback(settings):
    old, encrypted = settings.SECRET_KEY, BOX.encrypt("a secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [old]
    renewed = BOX.renew(encrypted)
    settings.SECRET_KEY_FALLBACKS = []
    assert BOX.decrypt(renewed) == "a secret"
    with pytest.raises(Unreadable):
        BOX.decrypt(encrypted)

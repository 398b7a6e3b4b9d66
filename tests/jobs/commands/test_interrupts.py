"""Ctrl+C during a command."""

import signal

import pytest

from creator.management.interrupts import first_interrupt


@pytest.fixture(autouse=True)
def _interrupts_raise():
    """As in a terminal: a process that a script starts in the background ignores them."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_is_noted_and_the_second_ends_the_command():
    with first_interrupt() as interrupt:
        assert not interrupt.pressed
        signal.raise_signal(signal.SIGINT)
        assert interrupt.pressed
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_after_the_block_it_is_as_before():
    with first_interrupt():
        pass
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)

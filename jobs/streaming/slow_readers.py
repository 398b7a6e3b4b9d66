"""The time limit for slow readers. Messages do not queue up: a socket sends one at a time."""

SLOW_S = 20.0
"""Seconds that one message may take to leave. A send waits once the server's buffer of 64 KiB is full."""

"""Readers that do not read. Nothing is queued for them: one message is on its way, and only for so long."""

SLOW_S = 20.0
"""Seconds that one message may take to leave; the server's own buffer for a connection holds 64 KiB before it waits."""

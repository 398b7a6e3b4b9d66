"""Small helpers that import no app: errors, clock, back-off, formatting, storage, wake-ups.

They are cheap to import.
"""

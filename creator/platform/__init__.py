"""Rows that all apps share: periodic slots, idempotency keys, audit lines, the outbox.

A small Django app below `accounts`, which imports no other app. Apps register callbacks with it (outbox
handlers).
"""

"""Leaf helpers that know nothing of the product: errors, the database clock, links to files, bodies, sockets, logs, kept secrets, wake-ups."""

"""Leaf helpers that know nothing of the product: errors, the database clock, pictures, the channel layer."""

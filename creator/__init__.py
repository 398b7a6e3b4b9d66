"""Composes the product and decides nothing: configuration, settings, routes, the embedded server, leaf helpers in lib/."""

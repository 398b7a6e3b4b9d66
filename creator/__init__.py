"""Composes the product and decides nothing: configuration, settings, routes, the embedded server, leaf helpers in lib/."""

from creator.celery import app as celery_app

__all__ = ["celery_app"]

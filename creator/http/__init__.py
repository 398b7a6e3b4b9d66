"""Shared by all HTTP requests and socket handshakes: request ids, body limits, file links, error answers.

Imports no app. The composition root passes in routes and limits that belong to apps.
"""

"""Shared by all REST API views: JSON only, typed bodies and answers, one error shape, no caching.

Imports no app. The views themselves live in each app's `api` package.
"""

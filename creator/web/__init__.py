"""Shared by all pages: the `page` decorator, the template context and tags, and the cookie of the theme."""

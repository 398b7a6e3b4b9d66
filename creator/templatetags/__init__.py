"""Filters and tags of all pages: icons, numbers in words. Nothing here knows a row or runs a query."""

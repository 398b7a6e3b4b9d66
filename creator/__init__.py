"""The composition root, and the packages that every app may import: platform, http, api, web, lib.

The composition root is the settings, routes and processes. Importing this package loads nothing else, so that
small child processes can use `creator.lib`.
"""

"""Colour theme: light, dark, or the system's.

A form sets it in a cookie, and the server renders it into each page.
"""

THEMES = ("light", "dark", "system")
THEME_COOKIE = "theme"

"""Light, dark, or as the system has it: chosen by a form, kept in a cookie, sent with the first byte of a page."""

THEMES = ("light", "dark", "system")
THEME_COOKIE = "theme"

"""Pages without scripts. Every page says that no money moves."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from starlette.responses import HTMLResponse, RedirectResponse, Response

NOTE = "This is a play payment page. No money moves, and no card is asked for."
_STYLE = """
:root { color-scheme: light dark; --line: #8886; --accent: #3b5bd6; }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 46rem; padding: 1rem; }
.note { border: 1px solid var(--line); border-radius: .5rem; padding: .5rem .75rem; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: .5rem; }
form { display: inline; }
button { font: inherit; padding: .5rem .9rem; margin: .2rem .2rem .2rem 0; border-radius: .5rem;
  border: 1px solid var(--line); background: none; color: inherit; cursor: pointer; }
button.main { background: var(--accent); border-color: var(--accent); color: #fff; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem 1rem; }
dt { opacity: .75; } dd { margin: 0; overflow-wrap: anywhere; }
.error { border-color: #c00; }
"""


def page(title: str, *parts: str, status: int = 200) -> HTMLResponse:
    """A whole page. `parts` are HTML; texts in them must have been escaped."""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><style>{_STYLE}</style></head>'
        f'<body><main><p class="note" role="note">{NOTE}</p><h1>{escape(title)}</h1>{"".join(parts)}</main></body></html>',
        status,
    )


def buttons(*choices: tuple[str, str, str], main: int = -1) -> str:
    """A form with one button for each choice: (name, value, words). `main`: which one stands out."""
    inside = "".join(
        f'<button name="{escape(name)}" value="{escape(value)}"{_is_main(number, main)}>{escape(words)}</button>'
        for number, (name, value, words) in enumerate(choices)
    )
    return f'<form method="post">{inside}</form>'


def _is_main(number: int, main: int) -> str:
    return ' class="main"' if number == main else ""


def facts(*rows: tuple[str, str]) -> str:
    """Names and values, one pair a line."""
    return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(value)}</dd>' for name, value in rows)}</dl>"


def link(url: str, words: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(words)}</a></p>'


def said(words: str) -> str:
    """A sentence about what has just not worked."""
    return f'<p class="note error" role="alert">{escape(words)}</p>' if words else ""


def money(cents: int, currency: str) -> str:
    return f"{cents / 100:,.2f} {currency.upper()}"


def moment(at: int | None) -> str:
    """A moment in seconds since 1970, in UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%d %b %Y %H:%M} UTC" if at else "–"


def go(url: str) -> Response:
    """Sends the browser on with GET."""
    return RedirectResponse(url, 303)

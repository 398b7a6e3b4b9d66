"""The checks for every page: accessibility rules, weight, sideways scroll, keyboard, picture sizes."""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

from tests.e2e.browser.person import SCREENSHOTS
from tests.e2e.product.serving import ROOT

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """async (tags) => (await axe.run({runOnly: {type: 'tag', values: tags}})).violations.map(
  (rule) => `${rule.id}: ${rule.nodes.map((node) => node.target.join(' ')).join(', ')}`)"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNSIZED = "[...document.images].filter((i) => !i.width || !i.height || !i.hasAttribute('width') || !i.hasAttribute('height')).map((i) => i.outerHTML)"
FAINT_FOCUS = """() => {
  const shown = (e) => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0; };
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const near = [at, ...at.labels ?? [], ...at.closest('.zone, before-after, label') ? [at.closest('.zone, before-after, label')] : []];
  return [at.dataset.stop ??= String(document.querySelectorAll('[data-stop]').length + 1),
    near.some(shown) ? '' : at.outerHTML.slice(0, 120)];
}"""
REACHABLE = """() => {
  const groups = new Set();
  return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter((e) => {
    if (!e.checkVisibility({visibilityProperty: true}) || e.disabled || e.type === 'hidden') return false;
    if (e.type !== 'radio') return true;
    return !groups.has(e.name) && groups.add(e.name);
  }).length;
}"""
KEEP = bool(os.environ.get("SCREENSHOTS"))
"""`make screenshots` sets it. Other runs save no screenshots, which take longer than the checks."""
VARIANTS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
HTML_BYTES, CSS_BYTES, JS_BYTES = 15 * 1024, 8 * 1024, 6 * 1024


@dataclass
class Visit:
    """The findings on one page in one state. `html` is in gzip bytes, `sideways` in pixels."""

    name: str
    html: int
    violations: dict[str, list[str]] = field(default_factory=dict)
    sideways: int = 0
    unsized: list[str] = field(default_factory=list)


def audit(page: Page, name: str) -> Visit:
    """Checks the page in light and dark, wide and narrow, and saves screenshots if `SCREENSHOTS` is set."""
    visit = Visit(name, len(gzip.compress(page.content().encode())))
    for width, scheme in VARIANTS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        variant = f"{width}-{scheme}"
        if KEEP:
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=SCREENSHOTS / f"{name}-{variant}.png", full_page=True, animations="disabled")
        if found := run_axe(page):
            visit.violations[variant] = found
    page.set_viewport_size({"width": 320, "height": 900})
    visit.sideways, visit.unsized = page.evaluate(SIDEWAYS), page.evaluate(UNSIZED)
    page.set_viewport_size({"width": 1280, "height": 900})
    return visit


def run_axe(page: Page) -> list[str]:
    """Returns the broken rules, each with the elements that break it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN_AXE, RULES)
    return found


def walk_by_keyboard(page: Page) -> dict[str, Any]:
    """Presses Tab through the page. Returns the stops reached and expected, and those without focus mark."""
    page.evaluate("document.activeElement?.blur()")
    expected, stops, faint = page.evaluate(REACHABLE), set(), []
    for _ in range(expected + 5):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(FAINT_FOCUS)) is None:
            break
        stops.add(stop[0])
        faint += [stop[1]] if stop[1] else []
    return {"stops": len(stops), "expected": expected, "faint": faint}


def weigh(folder: str, kind: str) -> dict[str, int]:
    """Returns the gzip size in bytes of each of our static files of one kind."""
    return {
        path.name: len(gzip.compress(path.read_bytes()))
        for path in sorted((ROOT / "static" / folder).glob(f"*.{kind}"))
    }


def write_table(visits: list[Visit]) -> Path:
    """Writes the table that `make audit-pages` prints, and returns its path."""
    lines = [f"{'page':34}{'HTML, gzip':>12}{'axe':>6}{'at 320 px':>11}"]
    for visit in visits:
        broken = sum(len(found) for found in visit.violations.values())
        lines.append(f"{visit.name:34}{visit.html / 1024:>9.1f} KB{broken:>6}{visit.sideways:>8} px")
    for kind, folder, limit in (("css", "css", CSS_BYTES), ("js", "js", JS_BYTES)):
        total = sum(weigh(folder, kind).values()) / 1024
        lines.append(f"all {kind.upper():30}{total:>9.1f} KB of {limit // 1024} KB")
    path = ROOT / "var/audit-pages.txt"
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path

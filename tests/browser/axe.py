"""What axe finds wrong with a page: WCAG 2.2 up to AA, and what its authors hold for good practice."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Frame, Page

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OPTIONS = {
    "runOnly": RULES,
    "resultTypes": ["violations"],
    # axe leaves the size of targets out unless it is asked for: new in WCAG 2.2.
    "rules": {"target-size": {"enabled": True}},
}
ABOUT_COLOURS = {**OPTIONS, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
MOST_PLACES = 4  # named of each fault


def violations(page: Page | Frame, options: dict[str, Any] = OPTIONS) -> list[str]:
    """Return a line for each rule the page breaks: the rule, how many elements, the first of them and why."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate("options => axe.run(document, options)", options)
    broken = [(violation, _counting(violation)) for violation in found["violations"]]
    return [_line(violation, nodes) for violation, nodes in broken if nodes]


def _counting(violation: dict[str, Any]) -> list[dict[str, Any]]:
    """The elements that count: where pins of a map stand is essential, so WCAG lets them be close (2.5.8).

    What a pin is said to cover it does not: the map lies below its controls and is cut off at its edge, unseen by axe.
    """
    nodes: list[dict[str, Any]] = violation["nodes"]
    return [node for node in nodes if violation["id"] != "target-size" or not _is_about_pins(node)]


def _is_about_pins(node: dict[str, Any]) -> bool:
    related = [other["target"][-1] for check in node["any"] for other in check["relatedNodes"]]
    return any(".pin" in target for target in (node["target"][-1], *related))


def _line(violation: dict[str, Any], nodes: list[dict[str, Any]]) -> str:
    places = "; ".join(f"{node['target'][-1]} ({_why(node)})" for node in nodes[:MOST_PLACES])
    return f"{violation['id']} [{violation['impact']}] x{len(nodes)}: {places}"


def _why(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return checks[0]["message"].rstrip(".") if checks else ""

"""Every icon that a template names is in the sprite."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
NAMES = set(re.findall(r'"([a-z0-9-]+)"', (ROOT / "web/src/ui/icon-names.ts").read_text(encoding="utf-8")))
APPS = ("core", "people", "conference", "media", "training")
_IN_TEMPLATE = re.compile(r'\{%\s*(?:icon|empty)\s+"([^"]+)"|\bicon="([^"]+)"')
_IN_CODE = re.compile(r'\bicon(?:: str)? ?= ?"([^"]+)"')


def test_icons_of_templates_are_in_the_sprite() -> None:
    wanted = {
        (one or other, str(path.relative_to(ROOT)))
        for app in APPS
        for path in (ROOT / app).rglob("templates/**/*.html")
        for one, other in _IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))
    }
    assert wanted
    assert {(name, path) for name, path in wanted if name not in NAMES} == set()


def test_icons_of_code_are_in_the_sprite() -> None:
    wanted = {
        (name, str(path.relative_to(ROOT)))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for name in _IN_CODE.findall(path.read_text(encoding="utf-8"))
    }
    assert {(name, path) for name, path in wanted if name not in NAMES} == set()

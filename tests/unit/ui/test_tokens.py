"""The colours of both themes can be read: WCAG 2.2 contrast of every pair that the components put together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[3] / "web" / "src" / "ui" / "tokens.css").read_text(encoding="utf-8")
PAIRS = dict(re.findall(r"--([a-z-]+):\s*light-dark\((#[0-9a-f]{6},\s*#[0-9a-f]{6})\)", TOKENS))
GROUNDS = ("paper", "surface", "sunken", "raised")
TONES = ("brand", "gold", "ok", "bad", "info")


def colour(name: str, theme: int) -> str:
    return PAIRS[name].split(",")[theme].strip()


def luminance(value: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2, definition of "relative luminance")."""
    channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1…21 (WCAG 2.2, definition of "contrast ratio")."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXT_PAIRS = [
    *((ink, ground) for ink in ("ink", "muted") for ground in GROUNDS),
    *((f"{tone}-ink", ground) for tone in TONES for ground in (f"{tone}-soft", "paper", "surface", "sunken", "raised")),
    *(("ink", f"{tone}-soft") for tone in TONES),
    ("muted", "brand-soft"),
    ("on-brand", "brand-fill"),
    ("on-brand", "brand-fill-hover"),
    ("on-gold", "gold-fill"),
    ("on-gold", "gold-fill-hover"),
]
PART_PAIRS = [
    *(("line-strong", ground) for ground in ("paper", "surface")),
    *(("focus", ground) for ground in GROUNDS),
    ("brand-fill", "sunken"),
    ("ok", "sunken"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_PAIRS)
def test_text_is_readable_on_its_ground(ink: str, ground: str, theme: int) -> None:
    assert contrast(colour(ink, theme), colour(ground, theme)) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("part", "ground"), PART_PAIRS)
def test_parts_of_controls_stand_out_when_they_carry_meaning(part: str, ground: str, theme: int) -> None:
    assert contrast(colour(part, theme), colour(ground, theme)) >= 3.0


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)

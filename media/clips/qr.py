"""A link as a QR code."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(url: str) -> SafeString:
    """As SVG to stand in a page: dark on white in both themes, because readers want it so."""
    return mark_safe(segno.make(url, error="m").svg_inline(scale=4, border=3, dark="#1e1b18", light="#ffffff", omitsize=True))  # noqa: S308

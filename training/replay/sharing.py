"""The address of a recording, or of a moment of it, for others who may watch it: as text and as a QR code."""

from __future__ import annotations

import io

import segno
from django.http import HttpRequest

from training.replay.place import Place

_QUIET_ZONE = 4
"""Modules of white around the code (ISO/IEC 18004, 5.3.8): it is read on a dark page, too."""


def address(request: HttpRequest, place: Place, at_ms: int | None) -> str:
    """Absolute address of the recording's page; with ``at_ms`` it begins there."""
    path = place.url()
    return request.build_absolute_uri(f"{path}?t={at_ms // 1000}" if at_ms else path)


def qr_svg(text: str) -> bytes:
    """A QR code of ``text``, dark on white, as an SVG that takes any size."""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(out, kind="svg", border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True, xmldecl=False)
    return out.getvalue()

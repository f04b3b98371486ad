"""Languages that captions are given in: tags (BCP 47, RFC 5646) and what their readers call them. Pure."""

from __future__ import annotations

import re

VIETNAMESE = "vi"
NAMES: dict[str, str] = {
    "vi": "Tiếng Việt",
    "en": "English",
    "km": "ភាសាខ្មែរ (Khmer)",
    "hmn": "Tiếng Mông",
    "tyz": "Tiếng Tày",
    "nut": "Tiếng Nùng",
    "blt": "Tiếng Thái",
    "mtq": "Tiếng Mường",
    "cjm": "Tiếng Chăm",
    "rad": "Tiếng Ê Đê",
    "jra": "Tiếng Gia Rai",
    "bdq": "Tiếng Ba Na",
    "zh": "中文",
}
"""Those that a form offers; any other one may be given by its tag and a name."""

_TAG = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{4}))?(?:-([A-Za-z]{2}|\d{3}))?((?:-[A-Za-z0-9]{5,8})*)")


def tidy_tag(text: str) -> str | None:
    """A language tag written as it is usual ("KM-khmr-kh" → "km-Khmr-KH"); None where it is none."""
    found = _TAG.fullmatch(text.strip().replace("_", "-"))
    if found is None:
        return None
    parts = [found[1].lower(), (found[2] or "").title(), (found[3] or "").upper()]
    return "-".join(part for part in parts if part) + found[4].lower()

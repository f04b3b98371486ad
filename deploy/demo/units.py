"""Units of the demonstration: Kiên Giang and Trà Vinh as the data set describes them, and what became of them.

Since 1 July 2025 there is no district level, and both provinces have been merged into others. Each row here is a unit *with its
place in the tree*: every one of these rows therefore ended on that day, also where a commune kept its name (it then stands
directly under the new province, which is another row). The demonstration conference belongs to the tree as it was when the
resolution was disseminated; see ``docs/decisions/0003-demo-units-keep-their-dates.md``.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from people.imports import UnitRow, import_units, read_units
from people.models import OrgUnit

DATA = Path(__file__).parent / "data" / "units.json"
KNOWN_SINCE = dt.date(2023, 4, 1)
"""The state that the data set describes; what was before is not in it."""
ABOLISHED = dt.date(2025, 7, 1)
KIEN_GIANG, TRA_VINH = "91", "84"
_MERGED_INTO = {KIEN_GIANG: ("91", "Tỉnh An Giang"), TRA_VINH: ("86", "Tỉnh Vĩnh Long")}
_AGENCIES = {
    "91-TU": "Tỉnh ủy Kiên Giang",
    "91-TU-VP": "Văn phòng Tỉnh ủy Kiên Giang",
    "91-TU-TG": "Ban Tuyên giáo và Dân vận Tỉnh ủy Kiên Giang",
    "91-TU-TC": "Ban Tổ chức Tỉnh ủy Kiên Giang",
    "91-KHCN": "Sở Khoa học và Công nghệ tỉnh Kiên Giang",
    "91-TC": "Sở Tài chính tỉnh Kiên Giang",
    "91-YT": "Sở Y tế tỉnh Kiên Giang",
    "91-GDDT": "Sở Giáo dục và Đào tạo tỉnh Kiên Giang",
}
COMMITTEE = "91-TU"


def make_units() -> dict[str, OrgUnit]:
    """All units by code, of the time before 1 July 2025; their successors exist afterwards."""
    rows = read_units(json.loads(DATA.read_text()))
    for code, name in _AGENCIES.items():
        parent = COMMITTEE if code.startswith(f"{COMMITTEE}-") else KIEN_GIANG
        rows.append(UnitRow(code, name, OrgUnit.Kind.AGENCY, parent))
    units = import_units(rows, valid_from=KNOWN_SINCE, valid_to=ABOLISHED)
    for old, (code, name) in _MERGED_INTO.items():
        new = import_units([UnitRow(code, name, OrgUnit.Kind.PROVINCE)], valid_from=ABOLISHED, valid_to=None)[code]
        OrgUnit.objects.filter(pk=units[old].pk, successor=None).update(successor=new)
    return units


def children(units: dict[str, OrgUnit], parent: OrgUnit, kind: OrgUnit.Kind) -> list[OrgUnit]:
    """The units of ``kind`` directly under ``parent``, by code."""
    found = [unit for unit in units.values() if unit.parent_id == parent.pk and unit.kind == kind]
    return sorted(found, key=lambda unit: unit.code)

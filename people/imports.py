"""Bringing a tree of units into the database from a plain document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from core.errors import Invalid, _
from people.models import OrgUnit
from people.names import folded


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit of a document: ``parent`` is the code of a row before it, or None at the top."""

    code: str
    name: str
    kind: OrgUnit.Kind
    parent: str | None = None


def read_units(document: object) -> list[UnitRow]:
    """Rows of ``{"provinces": [{code, name, "districts": [{code, name, "communes": [{code, name}]}]}]}``, parents first.

    Raises Invalid (``units.malformed``) for anything else, for a code that appears twice and for an empty name.
    """
    try:
        rows = list(_rows(document))
    except (KeyError, TypeError) as error:
        raise _malformed(repr(error)) from error
    codes = [row.code for row in rows]
    if len(set(codes)) != len(codes) or not all(row.code and row.name.strip() for row in rows):
        raise _malformed("code or name")
    return rows


@transaction.atomic
def import_units(rows: Iterable[UnitRow], *, valid_from: dt.date, valid_to: dt.date | None) -> dict[str, OrgUnit]:
    """Make the units that do not exist yet as of ``valid_from``; those that exist stay as they are.

    Gives all units of ``rows`` by code. A row whose parent is not among the rows before it raises Invalid.
    """
    rows = list(rows)
    wanted = [row.code for row in rows]
    found = {unit.code: unit for unit in OrgUnit.objects.filter(code__in=wanted, valid_from=valid_from)}
    # One level after the other, because a child needs its parent's key.
    waiting = [row for row in rows if row.code not in found]
    while waiting:
        level = [row for row in waiting if row.parent is None or row.parent in found]
        if not level:
            raise _malformed(f"no parent for {waiting[0].code}")
        made = OrgUnit.objects.bulk_create(
            OrgUnit(
                code=row.code,
                name=row.name,
                name_folded=folded(row.name),
                kind=row.kind,
                parent=found[row.parent] if row.parent else None,
                valid_from=valid_from,
                valid_to=valid_to,
            )
            for row in level
        )
        found |= {unit.code: unit for unit in made}
        waiting = [row for row in waiting if row.code not in found]
    return found


def _rows(document: Any) -> Iterator[UnitRow]:
    kinds = OrgUnit.Kind
    for province in document["provinces"]:
        yield UnitRow(str(province["code"]), str(province["name"]), kinds.PROVINCE)
        for district in province["districts"]:
            yield UnitRow(str(district["code"]), str(district["name"]), kinds.DISTRICT, str(province["code"]))
            for commune in district["communes"]:
                yield UnitRow(str(commune["code"]), str(commune["name"]), kinds.COMMUNE, str(district["code"]))


def _malformed(detail: str) -> Invalid:
    return Invalid("units.malformed", _("The list of units cannot be read: %(detail)s."), detail=detail)

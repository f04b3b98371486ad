"""Reading a document of units, and bringing it into the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from core.errors import Invalid
from people.imports import UnitRow, import_units, read_units
from people.models import OrgUnit

FROM, TO = dt.date(2023, 4, 1), dt.date(2025, 7, 1)
DOCUMENT = {
    "provinces": [
        {
            "code": "91",
            "name": "Tỉnh Kiên Giang",
            "districts": [
                {"code": "903", "name": "Huyện Hòn Đất", "communes": [{"code": "30817", "name": "Thị trấn Hòn Đất"}]},
                {"code": "912", "name": "Huyện Kiên Hải", "communes": []},
            ],
        }
    ]
}


@pytest.mark.django_db
def test_units_when_imported_twice_are_there_once_and_keep_their_tree() -> None:
    rows = read_units(DOCUMENT)
    first = import_units(rows, valid_from=FROM, valid_to=TO)
    OrgUnit.objects.filter(code="912").update(name="Tên khác")
    again = import_units(rows, valid_from=FROM, valid_to=TO)
    assert {code: unit.pk for code, unit in first.items()} == {code: unit.pk for code, unit in again.items()}
    assert OrgUnit.objects.count() == 4
    town = OrgUnit.objects.get(code="30817")
    assert town.parent is not None and town.parent.parent is not None
    assert (town.kind, town.parent.name, town.parent.parent.code) == ("commune", "Huyện Hòn Đất", "91")
    assert (town.name_folded, town.valid_to) == ("thi tran hon dat", TO)
    assert again["912"].name == "Tên khác"


@pytest.mark.django_db
def test_a_unit_of_another_time_is_another_row() -> None:
    row = UnitRow("91", "Tỉnh Kiên Giang", OrgUnit.Kind.PROVINCE)
    import_units([row], valid_from=FROM, valid_to=TO)
    import_units([UnitRow("91", "Tỉnh An Giang", OrgUnit.Kind.PROVINCE)], valid_from=TO, valid_to=None)
    assert list(OrgUnit.objects.order_by("valid_from").values_list("name", flat=True)) == ["Tỉnh Kiên Giang", "Tỉnh An Giang"]


@pytest.mark.django_db
def test_a_row_without_its_parent_imports_nothing() -> None:
    rows = [UnitRow("1", "A", OrgUnit.Kind.PROVINCE), UnitRow("2", "B", OrgUnit.Kind.DISTRICT, parent="9")]
    with pytest.raises(Invalid, match=r"units\.malformed"):
        import_units(rows, valid_from=FROM, valid_to=TO)
    assert not OrgUnit.objects.exists()


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "provinces",
        {},
        {"provinces": 3},
        {"provinces": [{"code": "91"}]},
        {"provinces": [{"code": "91", "name": " ", "districts": []}]},
        {"provinces": [{"code": "91", "name": "A", "districts": []}, {"code": "91", "name": "B", "districts": []}]},
        {"provinces": [{"code": "91", "name": "A", "districts": [{"code": "1", "name": "B"}]}]},
    ],
)
def test_units_when_the_document_is_malformed_are_refused(document: Any) -> None:
    with pytest.raises(Invalid) as caught:
        read_units(document)
    assert caught.value.code == "units.malformed"

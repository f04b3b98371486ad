"""The roll as a workbook: every number in it is a number, every text a text."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext
from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from training.attendance import labels
from training.attendance.roll import PersonRow, Roll, SiteRow

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOMENT, _PERCENT, _WHOLE = "dd/mm/yyyy hh:mm:ss", "0.00\\ %", "#,##0"
_MINUTES = "[<10]0.0;#,##0"
_HEAD_ROW = 5
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_HEAD = PatternFill("solid", fgColor="A51C20")
_BAND = PatternFill("solid", fgColor="F7F5F1")
_LINE = Border(bottom=Side(style="thin", color="E3DED6"))

Value = str | int | float | dt.datetime | None
Column = tuple[str, float, str]
"""Heading, width in characters, number format ("" for text)."""


def workbook_of(roll: Roll) -> bytes:
    """The roll as xlsx, in the language that is active: one sheet of people, one of sites."""
    book = Workbook()
    people, sites = book.active, book.create_sheet()
    assert isinstance(people, Worksheet)
    _people_sheet(people, roll)
    _sites_sheet(sites, roll)
    book.properties.title = ILLEGAL_CHARACTERS_RE.sub(" ", f"{gettext('Attendance')} · {roll.session.conference.title}")
    book.properties.creator = "Điểm Cầu"
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _people_sheet(sheet: Worksheet, roll: Roll) -> None:
    sheet.title = gettext("Details")
    columns: list[Column] = [
        (gettext("No."), 6, _WHOLE),
        (gettext("Full name"), 26, ""),
        (gettext("Position"), 30, ""),
        (gettext("Unit"), 26, ""),
        (gettext("Site"), 22, ""),
        (gettext("Mode"), 13, ""),
        (gettext("Time in"), 20, _MOMENT),
        (gettext("Time out"), 20, _MOMENT),
        (gettext("Minutes present"), 9, _MINUTES),
        ("%", 11, _PERCENT),
        (gettext("Status"), 20, ""),
        (gettext("Remarks"), 30, ""),
        (gettext("Confirmed by"), 24, ""),
    ]
    _head(sheet, roll, columns)
    for number, row in enumerate(roll.people, start=1):
        _write(sheet, _HEAD_ROW + number, columns, _person(number, row, roll), banded=number % 2 == 0)
    _finish(sheet, columns, len(roll.people))


def _person(number: int, row: PersonRow, roll: Roll) -> list[Value]:
    ratio = row.presence.ratio
    return [
        number,
        row.person.full_name,
        row.person.title,
        row.entry.unit.name,
        labels.place_text(row),
        labels.mode_text(row),
        _local(row.first),
        _local(row.last),
        row.minutes if row.sources else None,
        ratio if ratio is not None and row.sources else None,
        str(labels.status_text(row, roll)),
        labels.remark_text(row, roll),
        labels.source_text(row),
    ]


def _sites_sheet(sheet: Worksheet, roll: Roll) -> None:
    sheet.title = gettext("By site")
    columns: list[Column] = [
        (gettext("No."), 6, _WHOLE),
        (gettext("Site"), 26, ""),
        (gettext("Level"), 12, ""),
        (gettext("Operator, telephone"), 30, ""),
        (gettext("Summoned people"), 11, _WHOLE),
        (gettext("Present"), 11, _WHOLE),
        (gettext("In person"), 11, _WHOLE),
        (gettext("Online"), 11, _WHOLE),
        (gettext("Not marked yet"), 12, _WHOLE),
        (gettext("Rate %"), 11, _PERCENT),
        (gettext("Connected from"), 20, _MOMENT),
        (gettext("Connected until"), 20, _MOMENT),
        (gettext("Interrupted (minutes)"), 13, _MINUTES),
        (gettext("Remarks"), 40, ""),
    ]
    _head(sheet, roll, columns)
    for number, row in enumerate(roll.sites, start=1):
        _write(sheet, _HEAD_ROW + number, columns, _site(number, row), banded=number % 2 == 0)
    count = len(roll.sites)
    total = _HEAD_ROW + count + 1
    sheet.cell(total, 2, gettext("Total")).font = Font(bold=True)
    for index in range(5, 10):
        letter = get_column_letter(index)
        _formula(sheet.cell(total, index), f"=SUM({letter}{_HEAD_ROW + 1}:{letter}{total - 1})", _WHOLE)
    _formula(sheet.cell(total, 10), f'=IF(E{total}>0,F{total}/E{total},"")', _PERCENT)
    _finish(sheet, columns, count)


def _site(number: int, row: SiteRow) -> list[Value]:
    site = row.site
    operator = site.operator if site else None
    return [
        number,
        labels.site_text(row),
        site.unit.get_kind_display() if site else "",
        ", ".join(part for part in (operator.full_name, operator.phone) if part) if operator else "",
        row.summoned,
        row.present,
        row.in_person,
        row.online,
        row.unmarked,
        row.ratio,
        _local(row.first),
        _local(row.last),
        row.outage_ms / 60_000 if row.connected else None,
        labels.site_remark_text(row),
    ]


def _head(sheet: Worksheet, roll: Roll, columns: Sequence[Column]) -> None:
    session = roll.session
    begun = timezone.localtime(session.started_at or session.planned_start)
    state = gettext("end of the session") if roll.ended else gettext("the session is still running")
    lines = [
        session.conference.title,
        f"{session.title} · {begun:%d/%m/%Y %H:%M}",
        gettext("As of %(moment)s (%(state)s); required time %(minutes)s minutes, present from %(percent)s%%")
        % {
            "moment": f"{timezone.localtime(roll.at):%d/%m/%Y %H:%M:%S}",
            "state": state,
            "minutes": labels.minutes_text(roll.required_minutes),
            "percent": roll.rules.present_percent,
        },
    ]
    for number, line in enumerate(lines, start=1):
        _text(sheet.cell(number, 1), line)
        sheet.cell(number, 1).font = Font(bold=number == 1, size=14 if number == 1 else 11)
    for index, (heading, width, _number_format) in enumerate(columns, start=1):
        cell = sheet.cell(_HEAD_ROW, index, heading)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.row_dimensions[_HEAD_ROW].height = 32


def _write(sheet: Worksheet, row: int, columns: Sequence[Column], values: Sequence[Value], *, banded: bool) -> None:
    for index, ((_heading, _width, number_format), value) in enumerate(zip(columns, values, strict=True), start=1):
        cell = sheet.cell(row, index)
        assert isinstance(cell, Cell)
        cell.style = _style(sheet, number_format, banded=banded)
        if isinstance(value, str):
            _text(cell, value)
        else:
            cell.value = value


def _style(sheet: Worksheet, number_format: str, *, banded: bool) -> str:
    """Name of the style of such cells. One style for many cells: setting fonts and fills cell by cell takes ten times as long."""
    name = f"Điểm Cầu {number_format or 'text'}{' *' if banded else ''}"
    assert sheet.parent is not None
    if name not in sheet.parent.style_names:
        style = NamedStyle(name, number_format=number_format or "General", border=_LINE)
        style.alignment = Alignment(vertical="top", wrap_text=not number_format)
        if banded:
            style.fill = _BAND
        sheet.parent.add_named_style(style)
    return name


def _text(cell: Cell | MergedCell, text: str) -> None:
    """Text that stays text: what a spreadsheet would take for a formula is marked as quoted (OWASP, CSV injection)."""
    assert isinstance(cell, Cell)  # nothing is merged here
    text = ILLEGAL_CHARACTERS_RE.sub(" ", text)
    cell.value = text or None
    if text.startswith(_DANGEROUS):
        cell.data_type = "s"
        cell.quotePrefix = True


def _formula(cell: Cell | MergedCell, formula: str, number_format: str) -> None:
    assert isinstance(cell, Cell)
    cell.value = formula
    cell.number_format = number_format
    cell.font = Font(bold=True)


def _finish(sheet: Worksheet, columns: Sequence[Column], rows: int) -> None:
    last = get_column_letter(len(columns))
    sheet.freeze_panes = f"C{_HEAD_ROW + 1}"
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:{last}{_HEAD_ROW + rows}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"


def _local(moment: dt.datetime | None) -> dt.datetime | None:
    """As clocks on the wall show it, to the second: a workbook knows no time zones."""
    return timezone.localtime(moment).replace(tzinfo=None, microsecond=0) if moment is not None else None

"""PDFs made for tests: real ones by pypdfium2, a locked one by hand."""

from __future__ import annotations

import io

import pypdfium2 as pdfium


def make_pdf(pages: int = 3, size: tuple[float, float] = (960, 540)) -> bytes:
    """A PDF of ``pages`` pages; page n has a bar that is n tenths of its width, so that pages can be told apart."""
    document = pdfium.PdfDocument.new()
    for number in range(1, pages + 1):
        page = document.new_page(*size)
        path = pdfium.raw.FPDFPageObj_CreateNewRect(0, 0, size[0] * number / 10, size[1])
        pdfium.raw.FPDFPageObj_SetFillColor(path, 165, 28, 32, 255)
        pdfium.raw.FPDFPath_SetDrawMode(path, pdfium.raw.FPDF_FILLMODE_ALTERNATE, 0)
        pdfium.raw.FPDFPage_InsertObject(page.raw, path)
        page.gen_content()
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


LOCKED_PDF = (
    b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>\nendobj\n"
    b"4 0 obj\n<</Filter/Standard/V 1/R 2/P -44/O<" + b"28" * 32 + b">/U<" + b"11" * 32 + b">>>\nendobj\n"
    b"trailer\n<</Root 1 0 R/Size 5/Encrypt 4 0 R/ID[<" + b"aa" * 16 + b"><" + b"aa" * 16 + b">]>>\n%%EOF\n"
)
"""A PDF that asks for a password which nobody knows (standard handler, revision 2, with a user key that fits no password)."""


def make_bomb() -> bytes:
    """A PDF of one page and 2 KB that draws a rectangle 10⁹ times: nine forms, each of which shows the next one ten times."""
    forms = 9
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, _stream(b"", b"/F Do")]
    for number in range(5, 5 + forms):
        inner = b"/Resources<</XObject<</F %d 0 R>>>>" % (number + 1)
        objects.append(_stream(b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]" + inner, b"/F Do " * 10))
    objects.append(_stream(b"/Type/XObject/Subtype/Form/BBox[0 0 200 200]", b"0 0 9 9 re f"))
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, content) for number, content in enumerate(objects, start=1))
    return b"%PDF-1.4\n" + body + b"trailer\n<</Root 1 0 R/Size %d>>\n%%%%EOF\n" % (len(objects) + 1)


def _stream(entries: bytes, content: bytes) -> bytes:
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(content), content)

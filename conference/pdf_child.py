"""``python -m conference.pdf_child FILE``: reads one PDF of a stranger, in a process that may die of it.

A PDF of 2 KB can ask for more pictures than any machine has memory and time for, and pdfium has no limits of its own. So this
process has them, of the kernel: memory, processor time for each page, size of files. Speaks lines of JSON, see
:mod:`conference.pdf`: first ``{"count": n}`` or ``{"error": "encrypted" | "broken"}``; then for each line
``{"page": n, "target": path}`` that comes either ``{"width": …, "height": …, "text": …}``, ``{"error": "broken"}``, or
``{"error": "disk", "errno": n}``.
"""

from __future__ import annotations

import errno
import json
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

MAX_WIDTH_PX = 1920
MAX_HEIGHT_PX = 2160
MAX_TEXT = 20_000
MEMORY_BYTES = 1536 << 20
FILE_BYTES = 64 << 20
CPU_S = 30


def main(source: str) -> None:
    """Serve until the input ends."""
    _bind()
    _grant_time()
    try:
        document = pdfium.PdfDocument(source)
        _say({"count": len(document)})
    except (pdfium.PdfiumError, MemoryError, OSError) as error:
        _say({"error": "encrypted" if "password" in str(error).lower() else "broken"})
        return
    for line in sys.stdin:
        wanted = json.loads(line)
        _grant_time()
        try:
            _say(_render(document, wanted["page"], Path(wanted["target"])))
        except (pdfium.PdfiumError, ValueError, MemoryError):
            _say({"error": "broken"})
        except OSError as error:
            _say({"error": "broken"} if error.errno == errno.EFBIG else {"error": "disk", "errno": error.errno})


def _render(document: Any, number: int, target: Path) -> dict[str, object]:
    page = document[number - 1]
    width_pt, height_pt = page.get_size()
    scale = min(MAX_WIDTH_PX / max(width_pt, 1.0), MAX_HEIGHT_PX / max(height_pt, 1.0))
    image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    text = page.get_textpage().get_text_bounded().replace("\x00", "").strip()
    page.close()
    image.save(target, format="PNG", compress_level=6)
    return {"width": image.width, "height": image.height, "text": text[:MAX_TEXT]}


def _bind() -> None:
    """The kernel's limits; and where memory runs out all the same, this process is the first to go."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _grant_time() -> None:
    """From here on, :data:`CPU_S` of processor time until the next grant."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_S, hard))


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])

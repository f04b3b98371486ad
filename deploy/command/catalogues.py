"""``python -m deploy.command.catalogues FILE.po …``: write each catalogue as the ``.mo`` beside it. Runs inside ``.venv``."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po


def compile_catalogue(source: Path) -> Path:
    """Write ``source`` (.po) as .mo beside it and return that path. Fuzzy entries are left out. Raises PoFileError."""
    with source.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    target = source.with_suffix(".mo")
    temporary = target.with_name(f".{target.name}.new")
    with temporary.open("wb") as file:
        write_mo(file, catalogue)
    temporary.replace(target)
    return target


def main(paths: list[str]) -> int:
    failed = False
    for path in paths:
        try:
            compile_catalogue(Path(path))
        except PoFileError as error:
            failed = True
            print(f"{path}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

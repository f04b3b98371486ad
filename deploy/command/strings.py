"""``python -m deploy.command.strings``: every text that people read has its Vietnamese. Runs inside ``.venv``.

Texts are taken from the code (calls of gettext and its kin, by the syntax tree) and from templates (through Django's own
``templatize``); no gettext programs are needed. English needs no check: the texts in the code are the English ones.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from deploy.command.places import CATALOGUES, ROOT

CODE = ("core", "people", "conference", "media", "training", "deploy")
_TEXT_AT: dict[str, tuple[int, ...]] = {
    "_": (0,),
    "gettext": (0,),
    "gettext_lazy": (0,),
    "gettext_noop": (0,),
    "ngettext": (0, 1),
    "ngettext_lazy": (0, 1),
    "pgettext": (1,),
    "pgettext_lazy": (1,),
    "npgettext": (1, 2),
    "npgettext_lazy": (1, 2),
}
"""Which arguments of a call are texts: singular, and plural where there is one. With a context, that is argument 0."""
_CALL_IN_TEMPLATE = re.compile(r"\b(n?p?gettext|_)\((?=u?['\"])")
_FIELD = re.compile(r"%\((\w+)\)[a-z]|\{(\w+)\}")


@dataclass(frozen=True)
class Text:
    """A text and where it stands (path from the project's folder, line)."""

    msgid: str
    context: str | None
    where: str


def texts_of_call(call: ast.Call, where: str) -> Iterator[Text]:
    """The text of one call of gettext or its kin; nothing for other calls and for texts that are not constants."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    at = _TEXT_AT.get(name)
    if at is None or len(call.args) <= at[-1]:
        return
    constants = [argument.value if isinstance(argument, ast.Constant) else None for argument in call.args]
    msgid = constants[at[0]]
    if isinstance(msgid, str) and msgid:
        context = constants[0] if "pgettext" in name else None
        yield Text(msgid, context if isinstance(context, str) else None, f"{where}:{call.lineno}")


def texts_of_code(source: str, where: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from texts_of_call(node, where)


def texts_of_template(source: str, where: str) -> Iterator[Text]:
    """``templatize`` turns tags into calls amid filler that is no Python: each call is cut out and read by itself."""
    flat: str = templatize(source, origin=where)
    for match in _CALL_IN_TEMPLATE.finditer(flat):
        line = flat.count("\n", 0, match.start()) + 1
        for end in re.finditer(r"\)", flat[match.end() :]):
            piece = flat[match.start() : match.end() + end.end()]
            try:
                call = ast.parse(piece.strip(), mode="eval").body
            except SyntaxError:
                continue  # that parenthesis was inside the text
            if isinstance(call, ast.Call):
                yield from (Text(text.msgid, text.context, f"{where}:{line}") for text in texts_of_call(call, where))
            break


def all_texts(root: Path = ROOT) -> Iterator[Text]:
    for folder in CODE:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from texts_of_code(path.read_text(encoding="utf-8"), str(path.relative_to(root)))
        for pattern in ("*.html", "*.txt"):
            for path in sorted((root / folder).rglob(f"templates/**/{pattern}")):
                yield from texts_of_template(path.read_text(encoding="utf-8"), str(path.relative_to(root)))


def catalogues(root: Path = ROOT) -> dict[str, Catalog]:
    """The Vietnamese catalogues, by path from the project's folder."""
    found: dict[str, Catalog] = {}
    for name in CATALOGUES:
        path = root / name / "locale" / "vi" / "LC_MESSAGES" / "django.po"
        if path.exists():
            with path.open("rb") as file:
                found[str(path.relative_to(root))] = read_po(file, locale="vi", abort_invalid=True)
    return found


def faults(texts: Iterator[Text], known: dict[str, Catalog]) -> list[str]:
    """What is missing or wrong, one line each: untranslated texts, fuzzy entries, fields that the translation lost or made up,
    and one text translated in two ways by two catalogues (Django would take one of them by chance)."""
    result: list[str] = []
    translations: dict[tuple[str, str | None], tuple[str, str]] = {}
    for path, catalogue in known.items():
        for message in catalogue:
            if not message.id:
                continue
            msgid = message.id if isinstance(message.id, str) else message.id[0]
            rendered = message.string if isinstance(message.string, str) else " ".join(message.string or ())
            where = f"{path}:{message.lineno}"
            if message.fuzzy:
                result.append(f"{where}: fuzzy: {msgid!r}")
                continue
            if not rendered.strip():
                continue
            wanted = _fields(msgid if isinstance(message.id, str) else message.id[1])
            if _fields(rendered) != wanted:
                result.append(f"{where}: fields differ: {msgid!r} → {rendered!r}")
            other = translations.setdefault((msgid, message.context), (rendered, where))
            if other[0] != rendered:
                result.append(f"{where}: {msgid!r} is {rendered!r} here, but {other[0]!r} at {other[1]}")
    missing: dict[tuple[str, str | None], str] = {}
    for text in texts:
        if (text.msgid, text.context) not in translations:
            missing.setdefault((text.msgid, text.context), text.where)
    result += [f"{where}: no Vietnamese: {msgid!r}" for (msgid, _), where in missing.items()]
    return result


def _fields(text: str) -> set[str]:
    return {percent or brace for percent, brace in _FIELD.findall(text)}


def main() -> int:
    texts = list(all_texts())
    found = faults(iter(texts), catalogues())
    print("\n".join(found) if found else f"{len({text.msgid for text in texts})} texts, all translated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

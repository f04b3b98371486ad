"""The check of translations finds what is missing, in code and in templates."""

from __future__ import annotations

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from deploy.command.strings import Text, all_texts, catalogues, faults, texts_of_code, texts_of_template


def catalogue(*entries: str) -> Catalog:
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
    return read_po(io.BytesIO((head + "\n\n".join(entries)).encode()), locale="vi")


def msgids(texts: list[Text]) -> list[tuple[str, str | None]]:
    return [(text.msgid, text.context) for text in texts]


def test_texts_of_code_when_called_in_every_way() -> None:
    source = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy
from django.utils import translation
a = _("One")
b = ngettext("%(n)s page", "%(n)s pages", n)
c = pgettext_lazy("verb", "Open")
d = translation.gettext_lazy("Two " "parts")
e = _(variable)
f = other("Not a text")
"""
    assert msgids(list(texts_of_code(source, "a.py"))) == [
        ("One", None),
        ("%(n)s page", None),
        ("Open", "verb"),
        ("Two parts", None),
    ]


def test_texts_of_template_when_written_in_every_way() -> None:
    source = """{% load i18n %}<p title="{% translate "It's (really) open" %}">
{% blocktranslate trimmed with n=count %}
  {{ n }} people
  are here
{% endblocktranslate %}
{% blocktranslate count n=list|length %}{{ n }} site{% plural %}{{ n }} sites{% endblocktranslate %}
{% translate "Open" context "verb" %} {{ _("Inline") }} {% if x == _("Other") %}{% endif %}
{# {% translate "Not shown" %} #}"""
    found = list(texts_of_template(source, "a.html"))
    assert sorted(msgids(found), key=str) == sorted(
        [
            ("It's (really) open", None),
            ("%(n)s people are here", None),
            ("%(n)s site", None),
            ("Open", "verb"),
            ("Inline", None),
            ("Other", None),
        ],
        key=str,
    )
    assert found[0].where == "a.html:1"


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Open"\nmsgstr ""', "no Vietnamese"),
        ('#, fuzzy\nmsgid "Open"\nmsgstr "Mở"', "fuzzy"),
        ('msgid "Other"\nmsgstr "Khác"', "no Vietnamese: 'Open'"),
        ('msgctxt "verb"\nmsgid "Open"\nmsgstr "Mở"', "no Vietnamese"),
        ('msgid "Open"\nmsgstr "Mở"\n\nmsgid "%(n)s pages"\nmsgstr "%(m)s trang"', "fields differ"),
    ],
)
def test_faults_when_catalogue_is_incomplete(entry: str, fault: str) -> None:
    found = faults(iter([Text("Open", None, "a.py:1")]), {"vi.po": catalogue(entry)})
    assert any(fault in line for line in found), found


def test_faults_when_two_catalogues_disagree() -> None:
    one, other = catalogue('msgid "Open"\nmsgstr "Mở"'), catalogue('msgid "Open"\nmsgstr "Đang mở"')
    found = faults(iter([Text("Open", None, "a.py:1")]), {"a.po": one, "b.po": other})
    assert len(found) == 1 and "Đang mở" in found[0] and "a.po" in found[0]


def test_faults_when_all_is_translated_are_none() -> None:
    entries = ['msgid "Open"\nmsgstr "Mở"', 'msgid "%(n)s site"\nmsgid_plural "%(n)s sites"\nmsgstr[0] "%(n)s điểm cầu"']
    texts = [Text("Open", None, "a.py:1"), Text("%(n)s site", None, "a.py:2")]
    assert faults(iter(texts), {"vi.po": catalogue(*entries)}) == []


def test_all_texts_when_read_from_the_project_have_catalogues() -> None:
    """The check looks at something: a rename of folders must not make it pass by finding nothing."""
    assert len(list(all_texts())) > 50
    assert len(catalogues()) >= 5

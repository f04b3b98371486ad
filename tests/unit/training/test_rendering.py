"""Question texts as HTML: harmless whatever was typed, and soon done."""

from __future__ import annotations

import random
import re
import time

import pytest

from training.quiz.domain.questions import MAX_TEXT, Markup, Text
from training.quiz.rendering import render

_PIECES = [
    "<",
    ">",
    "!",
    "[",
    "--",
    "<!--",
    "-->",
    "</",
    "/",
    '"',
    "'",
    "<b>",
    "</b>",
    "<script>",
    "</script",
    "<?",
    "<![",
    "&#",
    "x ",
]


def html(text: str) -> str:
    return str(render(Text(text, Markup.HTML)))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<b>Câu</b> hỏi", "<b>Câu</b> hỏi"),
        ('<B onclick="a>b">đậm</B >', "<b>đậm</b>"),
        ("<p>một<br/>hai", "<p>một<br>hai</p>"),
        ("<i><b>chéo</i></b>", "<i><b>chéo</b></i>"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("x&lt;script&gt;", "x&lt;script&gt;"),
        ("a<!-- <b> -->c<!doctype html>d<?php e ?>f", "acdf"),
        ('<img src=x onerror="alert(1)">ảnh<math:b>', "ảnh"),
        ("trước<SCRIPT>alert('<b>')</SCRIPT >sau<style>b", "trướcsau"),
        ("<![<! x", "&lt;![&lt;! x"),
        ("<!-- mở", "&lt;!-- mở"),
        ("<b title='", "&lt;b title=&#x27;"),
        ("<bold>b</bold>", "b"),
    ],
)
def test_html_when_shown_is_of_harmless_elements(source: str, shown: str) -> None:
    assert html(source) == shown


def test_html_when_it_names_a_character_of_thousands_of_digits_is_text() -> None:
    assert html("&#" + "1" * 5_000) == "&amp;#" + "1" * 5_000


def test_html_when_made_of_anything_is_shown_and_closed() -> None:
    draw = random.Random(20261127)  # noqa: S311
    for _ in range(3_000):
        shown = html("".join(draw.choices(_PIECES, k=draw.randint(1, 30))))
        assert re.sub(r"</?b>", "", shown).count("<") == 0
        assert shown.count("<b>") == shown.count("</b>")


@pytest.mark.parametrize(
    "piece",
    ["<a\n", "<!--", "<a '\"", "<b>", "</i><b>", "<script", "</script", "<script></script", "<![", "&#1", "<a x='<a y=\"", "<"],
)
def test_html_when_long_and_broken_is_shown_at_once(piece: str) -> None:
    text = piece * (MAX_TEXT // len(piece))
    since = time.process_time()
    for _ in range(100_000 // MAX_TEXT + 1):
        html(text)
    assert time.process_time() - since < 0.5

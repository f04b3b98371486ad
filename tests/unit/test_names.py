"""Vietnamese names: folding, address, order."""

from __future__ import annotations

import unicodedata

import pytest

from people.names import address_name, collation_key, file_stem, folded, given_name, person_key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đỗ Thị Ánh", "do thi anh"),
        ("  NGUYỄN   Văn Ước ", "nguyen van uoc"),
        (unicodedata.normalize("NFD", "Trần Quốc Bảo"), "tran quoc bao"),
        ("", ""),
    ],
)
def test_folding_drops_case_diacritics_and_spaces(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Đột phá: Nghị quyết số 57-NQ/TW", "dot-pha-nghi-quyet-so-57-nq-tw"),
        (unicodedata.normalize("NFD", "Đổi mới, sáng tạo"), "doi-moi-sang-tao"),
        ("../../etc/passwd", "etc-passwd"),
        ('"Hỏi"; x=\r\n<b>đáp</b>', "hoi-x-b-dap-b"),
        ("👍 ກອງປະຊຸມ", "abc2345"),
        ("", "abc2345"),
        ("Chuyển đổi số " * 20, "chuyen-doi-so-chuyen-doi-so-chuyen-doi-so-chuyen-doi-so-chuyen-doi-so-chuyen-doi"),
        ("đ" * 200, "d" * 80),
    ],
)
def test_a_file_is_named_in_letters_that_every_system_takes(title: str, stem: str) -> None:
    assert file_stem(title, "abc2345") == stem


def test_given_name_is_the_last_word() -> None:
    assert given_name("Trần Thị Mai") == "Mai"
    assert given_name("") == ""


def test_people_sort_by_given_name_in_vietnamese_order() -> None:
    people = ["Lê Văn Đức", "Trần Thị Mai", "Phạm An", "Võ Ân", "Bùi Ăn", "Nguyễn Dũng", "Hồ Ánh"]
    assert sorted(people, key=person_key) == [
        "Phạm An", "Hồ Ánh", "Bùi Ăn", "Võ Ân", "Nguyễn Dũng", "Lê Văn Đức", "Trần Thị Mai",
    ]  # fmt: skip


def test_tones_order_after_letters() -> None:
    words = ["mạ", "mã", "mả", "má", "mà", "ma", "mâ", "mă"]
    assert sorted(words, key=collation_key) == ["ma", "mà", "mả", "mã", "má", "mạ", "mă", "mâ"]


def test_equal_given_names_sort_by_the_full_name_and_nfd_equals_nfc() -> None:
    assert person_key("Bùi Mai") < person_key("Trần Mai")
    assert person_key(unicodedata.normalize("NFD", "Hồ Ánh")) == person_key("Hồ Ánh")


@pytest.mark.parametrize(
    ("full_name", "greeted"), [("Đỗ Thị Ánh", "Ánh"), (" Quản trị  hệ thống", "Quản trị hệ thống"), ("Ông", "Ông"), ("", "")]
)
def test_an_account_that_is_no_persons_is_greeted_whole(full_name: str, greeted: str) -> None:
    assert address_name(full_name) == greeted

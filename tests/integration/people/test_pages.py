"""Pages of a person: home, account, language, errors; and what every page promises the browser."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from core import error_views, home, preferences
from people.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
PASSWORD = "hoa-sen-mua-ha-62"  # noqa: S105


@pytest.fixture
def mai() -> User:
    return User.objects.create_user("mai", PASSWORD, full_name="Trần Thị Mai", title="Chuyên viên")


@pytest.fixture
def member(client: Client, mai: User) -> Client:
    client.force_login(mai)
    return client


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("admin", PASSWORD, full_name="Lê Quản", platform_role="admin"))
    return client


def text(response: HttpResponse) -> str:
    return response.content.decode()


def test_home_shows_what_is_on_what_to_do_and_what_comes(member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    cards = home.Cards(
        now=(home.NowCard("Hội nghị 57", "/hop/1/", "Vào hội nghị", "Đang diễn ra"),),
        todo=(home.TodoCard("Trắc nghiệm 57", "/q/1/", due=now + dt.timedelta(days=2, hours=1)),),
        coming=(home.ComingCard("Phiên thử", now + dt.timedelta(days=3)),),
    )
    monkeypatch.setattr(home, "_providers", {"test": lambda user: cards})
    page = text(member.get("/"))
    for words in ("Chào đồng chí Mai", "Hội nghị 57", "Vào hội nghị", "Trắc nghiệm 57", "Còn 2 ngày", "Phiên thử"):
        assert words in page


def test_home_says_so_when_there_is_nothing(member: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "_providers", {})
    page = text(member.get("/"))
    assert "Chưa có việc cần làm" in page
    assert "Chưa có lịch sắp tới" in page


def test_pages_are_vietnamese_whatever_the_browser_prefers(client: Client) -> None:
    page = text(client.get("/dang-nhap/", headers={"accept-language": "en-US"}))
    assert '<html lang="vi"' in page
    assert "Đăng nhập" in page


def test_pages_are_english_when_english_was_chosen(member: Client, mai: User) -> None:
    response = member.post("/ngon-ngu/", {"language": "en", "next": "/tai-khoan/"})
    assert response["Location"] == "/tai-khoan/"
    assert "Welcome, comrade Mai" in text(member.get("/"))
    mai.refresh_from_db()
    assert mai.language == "en"


def test_a_new_device_speaks_the_language_of_the_person(client: Client) -> None:
    User.objects.create_user("john", PASSWORD, full_name="John", language="en")
    client.post("/dang-nhap/", {"login": "john", "password": PASSWORD})
    assert '<html lang="en"' in text(client.get("/"))


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_switching_language_stays_on_this_site(client: Client, target: str) -> None:
    assert client.post("/ngon-ngu/", {"language": "en", "next": target})["Location"] == "/"


def test_an_unknown_language_changes_nothing(client: Client) -> None:
    client.post("/ngon-ngu/", {"language": "xx", "next": "/"})
    assert '<html lang="vi"' in text(client.get("/dang-nhap/"))


def test_theme_and_text_size_are_in_the_page_before_it_paints(member: Client) -> None:
    assert member.post("/tai-khoan/", {"language": "vi", "theme": "dark", "text": "large"}).status_code == 302
    assert 'data-theme="dark" data-text="large"' in text(member.get("/"))


def test_a_wrong_choice_is_refused_and_a_wrong_cookie_ignored(member: Client) -> None:
    assert member.post("/tai-khoan/", {"language": "vi", "theme": "pink", "text": "large"}).status_code == 422
    member.cookies[preferences.THEME_COOKIE] = 'x" onload="alert(1)'
    assert 'data-theme="auto"' in text(member.get("/"))


def test_a_missing_page_says_so_in_both_languages(client: Client) -> None:
    response = client.get("/khong-co/")
    assert response.status_code == 404
    assert "Không tìm thấy" in text(response)
    client.post("/ngon-ngu/", {"language": "en"})
    assert "Not found" in text(client.get("/khong-co/"))


def test_an_address_that_only_takes_forms_says_so_when_it_is_visited(client: Client) -> None:
    response = client.get("/ngon-ngu/")
    assert (response.status_code, response["Allow"], "core.wrong_method" in text(response)) == (405, "POST", True)


def test_signing_in_returns_to_the_form_when_the_session_ended_before_it_was_sent(client: Client) -> None:
    sent = client.post("/tai-khoan/mat-khau/", headers={"referer": "http://testserver/tai-khoan/?x=1"})
    assert sent["Location"] == "/dang-nhap/?next=%2Ftai-khoan%2F%3Fx%3D1"
    elsewhere = client.post("/tai-khoan/mat-khau/", headers={"referer": "http://evil.example/x"})
    assert elsewhere["Location"] == "/dang-nhap/?next=%2F"


def test_error_pages_have_a_number_of_their_own_for_support(client: Client) -> None:
    numbers = {re.findall(r"core\.not_found · ([0-9A-F]{8})", text(client.get("/khong-co/")))[0] for _ in range(2)}
    assert len(numbers) == 2


def test_scripts_get_errors_as_json(client: Client) -> None:
    response = client.get("/khong-co/", headers={"accept": "application/json"})
    assert response.json()["error"]["code"] == "core.not_found"


def test_htmx_gets_errors_as_a_toast(client: Client) -> None:
    response = client.get("/khong-co/", headers={"hx-request": "true"})
    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (404, "#toasts", "beforeend")
    assert "core.not_found" in text(response)
    assert "<html" not in text(response)


@pytest.mark.parametrize(
    ("view", "status", "code"),
    [
        (error_views.bad_request, 400, "core.bad_request"),
        (error_views.not_allowed, 403, "core.not_allowed"),
        (error_views.server_error, 500, "core.broken"),
    ],
)
def test_error_pages_carry_their_code(view: object, status: int, code: str) -> None:
    assert callable(view)
    response = view(_bare_request())
    assert (response.status_code, code in text(response)) == (status, True)


def test_the_page_of_a_defect_needs_no_session_user_or_database(django_assert_num_queries: object) -> None:
    assert callable(django_assert_num_queries)
    with django_assert_num_queries(0):
        page = text(error_views.server_error(_bare_request()))
    assert "Máy chủ gặp lỗi" in page


def test_who_has_no_password_is_told_whom_to_ask(client: Client) -> None:
    client.force_login(User.objects.create_user("sso", full_name="Lê Ba"))
    response = client.get("/tai-khoan/mat-khau/")
    assert (response.status_code, "people.no_password" in text(response)) == (403, True)


def test_the_style_page_is_for_administrators(member: Client, admin: Client) -> None:
    assert member.get("/kieu-dang/").status_code == 403
    assert admin.get("/kieu-dang/").status_code == 200


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("ngan", "ngan", ["Mật khẩu quá ngắn. Mật khẩu phải có ít nhất 10 ký tự."]),
        ("hoa-sen-mua-ha-63", "hoa-sen-mua-ha-64", ["Hai lần nhập mật khẩu mới chưa giống nhau."]),
        ("ngan", "ngan hon", ["Mật khẩu quá ngắn.", "Hai lần nhập mật khẩu mới chưa giống nhau."]),
    ],
)
def test_a_new_password_that_will_not_do_is_refused_in_vietnamese(member: Client, new: str, again: str, said: list[str]) -> None:
    page = text(member.post("/tai-khoan/mat-khau/", {"oldpassword": PASSWORD, "password1": new, "password2": again}))
    assert [words in page for words in said] == [True] * len(said)
    assert "password" not in re.sub(r"<[^>]*>", "", page)


@pytest.mark.parametrize("path", ["/", "/tai-khoan/", "/tai-khoan/mat-khau/", "/kieu-dang/", "/dang-xuat/", "/khong-co/"])
def test_pages_need_no_inline_script_or_style(admin: Client, path: str) -> None:
    response = admin.get(path)
    page = text(response)
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/tai-khoan/", "/hoi-nghi/", "/hoc-tap/", "/khong-co/", "/kieu-dang/"])
def test_what_a_person_sees_is_kept_nowhere(member: Client, path: str) -> None:
    assert member.get(path)["Cache-Control"] == "private, no-store"


def test_what_is_for_everybody_may_be_kept(client: Client) -> None:
    assert "Cache-Control" not in client.get("/khong-co/")


def test_pages_name_the_devices_that_they_may_use(client: Client) -> None:
    assert client.get("/dang-nhap/")["Permissions-Policy"].startswith("camera=(self), microphone=(self)")


def _bare_request() -> HttpRequest:
    return RequestFactory().get("/x/")

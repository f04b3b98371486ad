"""Signing in, and what stops those who should not get in."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from people.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_passwords")]
PASSWORD = "hoa-sen-mua-ha-62"  # noqa: S105
SIGN_IN = "/dang-nhap/"


@pytest.fixture
def mai() -> User:
    return User.objects.create_user("mai", PASSWORD, full_name="Trần Thị Mai")


def attempt(client: Client, password: str, path: str = SIGN_IN, address: str = "10.0.0.1") -> int:
    return client.post(path, {"login": "mai", "password": password}, REMOTE_ADDR=address).status_code


def test_home_opens_when_the_password_is_right(client: Client, mai: User) -> None:
    response = client.post(SIGN_IN, {"login": "mai", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/")
    assert "Chào đồng chí Mai" in client.get("/").content.decode()


def test_the_form_says_what_to_check_when_the_password_is_wrong(client: Client, mai: User) -> None:
    page = client.post(SIGN_IN, {"login": "mai", "password": "sai"}).content.decode()
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in page
    assert 'value="mai"' in page  # what was typed stays
    assert "sai" not in page.split("<form", 2)[2].split("</form>")[0].replace("Sai", "")  # but never the password


def test_the_answer_is_the_same_when_there_is_no_such_user(client: Client, mai: User) -> None:
    pages = [client.post(SIGN_IN, {"login": name, "password": "sai"}).content.decode() for name in ("mai", "khong-co")]
    errors = [page.split('class="notice notice-bad"')[1].split("</div>")[0] for page in pages]
    assert errors[0] == errors[1]


def test_the_lock_out_page_says_what_to_do_when_failures_pile_up(client: Client, mai: User) -> None:
    statuses = [attempt(client, "sai") for _ in range(settings.AXES_FAILURE_LIMIT)]
    assert statuses[:-1] == [200] * (settings.AXES_FAILURE_LIMIT - 1)
    response = client.post(SIGN_IN, {"login": "mai", "password": PASSWORD}, REMOTE_ADDR="10.0.0.1")
    assert response.status_code == 429
    assert "Đồng chí đợi 15 phút" in response.content.decode()
    assert "people.locked_out" in response.content.decode()
    assert client.get("/").status_code == 302


def test_another_spelling_of_the_name_is_locked_out_with_it(client: Client, mai: User) -> None:
    spellings = ["mai", "Mai", "MAI", " mAi", "maI ", "MaI", "mAI", "maı"][: settings.AXES_FAILURE_LIMIT]
    for name in spellings:
        client.post(SIGN_IN, {"login": name, "password": "sai"}, REMOTE_ADDR="10.0.0.1")
    for name in ("mai", "MAi"):
        answer = client.post(SIGN_IN, {"login": name, "password": PASSWORD}, REMOTE_ADDR="10.0.0.1")
        assert answer.status_code == 429


def test_others_in_the_hall_still_get_in_when_one_is_locked_out(client: Client, mai: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(client, "sai")
    User.objects.create_user("ba", PASSWORD, full_name="Lê Ba")
    response = client.post(SIGN_IN, {"login": "ba", "password": PASSWORD}, REMOTE_ADDR="10.0.0.1")
    assert response.status_code == 302


def test_the_same_person_gets_in_from_elsewhere_when_one_address_is_locked_out(client: Client, mai: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(client, "sai")
    assert attempt(client, PASSWORD, address="10.0.0.2") == 302


def test_a_whole_hall_signs_in_from_one_address_within_a_minute(mai: User) -> None:
    for _ in range(40):
        assert attempt(Client(), PASSWORD) == 302


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_stays_on_this_site_when_next_points_elsewhere(client: Client, mai: User, target: str) -> None:
    response = client.post(SIGN_IN, {"login": "mai", "password": PASSWORD, "next": target})
    assert (response.status_code, response["Location"]) == (302, "/")


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, mai: User) -> None:
    asked = client.get("/tai-khoan/")
    assert asked["Location"] == "/dang-nhap/?next=%2Ftai-khoan%2F"
    response = client.post(asked["Location"], {"login": "mai", "password": PASSWORD, "next": "/tai-khoan/"})
    assert response["Location"] == "/tai-khoan/"


def test_an_inactive_account_is_told_so_when_its_password_is_right(client: Client, mai: User) -> None:
    mai.is_active = False
    mai.save()
    client.post(SIGN_IN, {"login": "mai", "password": PASSWORD})
    assert client.get("/").status_code == 302


def test_nobody_makes_an_account_for_themselves(client: Client) -> None:
    assert client.get("/accounts/signup/").status_code == 404


def test_signing_out_takes_a_post(client: Client, mai: User) -> None:
    client.force_login(mai)
    assert client.get("/dang-xuat/").status_code == 200
    assert client.get("/").status_code == 200
    assert client.post("/dang-xuat/")["Location"] == SIGN_IN
    assert client.get("/").status_code == 302


def test_the_sign_in_session_ends_with_the_browser_when_nothing_was_ticked(client: Client, mai: User) -> None:
    client.post(SIGN_IN, {"login": "mai", "password": PASSWORD})
    assert client.session.get_expire_at_browser_close()
    client.post("/dang-xuat/")
    client.post(SIGN_IN, {"login": "mai", "password": PASSWORD, "remember": "on"})
    assert not client.session.get_expire_at_browser_close()


def test_a_forged_form_is_refused_with_words(mai: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(mai)
    response = strict.post("/tai-khoan/", {"language": "en", "theme": "dark", "text": "large"})
    assert response.status_code == 403
    assert "core.csrf" in response.content.decode()
    mai.refresh_from_db()
    assert mai.language == "vi"


def test_the_password_changes_only_with_the_current_one(client: Client, mai: User) -> None:
    client.force_login(mai)
    new = {"password1": "ca-loc-nuong-trui", "password2": "ca-loc-nuong-trui"}
    page = client.post("/tai-khoan/mat-khau/", {"oldpassword": "sai", **new})
    assert "Mật khẩu hiện tại chưa đúng" in page.content.decode()
    assert client.post("/tai-khoan/mat-khau/", {"oldpassword": PASSWORD, **new}).status_code == 302
    mai.refresh_from_db()
    assert mai.check_password("ca-loc-nuong-trui")
    assert client.get("/").status_code == 200  # still signed in here


def test_a_short_password_is_refused_with_words(client: Client, mai: User) -> None:
    client.force_login(mai)
    page = client.post("/tai-khoan/mat-khau/", {"oldpassword": PASSWORD, "password1": "ngan", "password2": "ngan"})
    assert 'aria-invalid="true"' in page.content.decode()
    mai.refresh_from_db()
    assert mai.check_password(PASSWORD)

"""Signing in as a person does, with a password on a page; and who there is to sign in."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path

from deploy.command.places import ADDRESS_FILE
from deploy.command.say import Trouble

TIMEOUT_S = 60.0
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_ROOM = re.compile(r'href="/hop/([a-z0-9]{8,32})/')


@dataclass(frozen=True, slots=True)
class Login:
    """One account."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Who can be simulated."""

    chair: Login
    presenter: Login
    sites: tuple[Login, ...]
    delegates: tuple[Login, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """A login that holds: its cookies, and the home page as it was shown."""

    cookies: str
    home: str

    @property
    def session(self) -> str | None:
        """The session that is on or about to begin, by the home page's link to its room."""
        found = _ROOM.search(self.home)
        return found[1] if found else None


def read_cast(data: Path) -> Cast:
    """The demonstration's logins. Raises Trouble where there are none."""
    try:
        printed = {entry["username"]: entry["password"] for entry in json.loads((data / "demo-logins.json").read_text())}
        simulated = json.loads((data / "demo-simulated.json").read_text())
        password = simulated["password"]
        return Cast(
            chair=Login("chu-tri", printed["chu-tri"]),
            presenter=Login("bao-cao-vien", printed["bao-cao-vien"]),
            sites=tuple(Login(name, password) for name in simulated["sites"]),
            delegates=tuple(Login(name, password) for name in simulated["delegates"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Trouble(
            f"không có dữ liệu mẫu · no demonstration data in {data}; start ./diemcau run first, or name its --data folder"
        ) from error


def address_of(data: Path) -> str:
    """Where the run that has the data folder serves its pages. Raises Trouble where none is running."""
    try:
        return (data / "run" / ADDRESS_FILE).read_text().strip()
    except OSError as error:
        raise Trouble(
            f"không có máy chủ · nothing runs on {data}; start ./diemcau run first, or name its --data folder or --address"
        ) from error


def interleaved(cast: Cast, sites: int, delegates: int) -> Iterator[tuple[Login, bool]]:
    """The sites and delegates that take part, mixed; with each, whether it is a site."""
    pairs = zip_longest(((s, True) for s in cast.sites[:sites]), ((d, False) for d in cast.delegates[:delegates]))
    return (each for each in chain.from_iterable(pairs) if each is not None)


async def sign_in(address: str, login: Login) -> Visit:
    """Sign in at the site ``address``. Raises Trouble where it does not answer or refuses."""
    return await asyncio.to_thread(_sign_in, address, login)


def _sign_in(address: str, login: Login) -> Visit:
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = f"{address}/dang-nhap/"
    try:
        with opener.open(page, timeout=TIMEOUT_S) as answer:
            token = _TOKEN.search(answer.read().decode())
        if token is None:
            raise Trouble(f"trang đăng nhập lạ · {page} is no sign-in page")
        form = {"csrfmiddlewaretoken": token[1], "login": login.username, "password": login.password}
        request = urllib.request.Request(  # noqa: S310  (the address is ours, http or https)
            page, urllib.parse.urlencode(form).encode(), {"Referer": page, "Origin": address}
        )
        with opener.open(request, timeout=TIMEOUT_S) as answer:
            home = answer.read().decode()
    except urllib.error.HTTPError as error:
        raise Trouble(f"không đăng nhập được · {login.username} cannot sign in (HTTP {error.code})") from error
    except OSError as error:
        raise Trouble(f"không có máy chủ · nobody answers at {address}; start ./diemcau run first") from error
    cookies = {cookie.name: cookie.value or "" for cookie in jar}
    if "sessionid" not in cookies:
        raise Trouble(f"sai mật khẩu · {login.username} was refused")
    return Visit("; ".join(f"{name}={value}" for name, value in cookies.items()), home)

"""Who is summoned to the demonstration conference, where they sit, and who of them can sign in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.db import transaction

from deploy.demo.names import invented_names
from deploy.demo.units import KIEN_GIANG, children
from people.models import OrgUnit, User
from people.names import folded
from people.permissions import Role

HUB = "hub"
"""Where the leadership and the province's own audience sit; other places are codes of districts."""
LEAST_IN_A_ROOM = 9


@dataclass(frozen=True, slots=True)
class Person:
    """``place`` is a district's code, :data:`HUB`, or None for somebody who joins alone. ``role`` None: not summoned."""

    username: str
    name: str
    title: str
    unit: str
    role: Role | None = Role.DELEGATE
    place: str | None = None
    what: str = ""
    """For those with a printed login: what one sees with it."""


_NAMED = (
    Person("chu-tri", "Trần Minh Khôi", "Phó Bí thư Thường trực Tỉnh ủy", "91-TU", Role.CHAIR, HUB,
           "Chủ trì: mở và kết thúc phiên, mời phát biểu, xem điểm danh"),
    Person("bao-cao-vien", "Nguyễn Thị Hạnh", "Báo cáo viên Tỉnh ủy", "91-TU-TG", Role.PRESENTER, HUB,
           "Báo cáo viên: trình bày, chiếu và lật trang tài liệu"),
    Person("thu-ky", "Lê Văn Đức", "Chánh Văn phòng Tỉnh ủy", "91-TU-VP", Role.SECRETARY, HUB,
           "Thư ký: chương trình, điểm danh, xuất Excel"),
    Person("ky-thuat", "Phạm Quốc Việt", "Trưởng phòng Cơ yếu – Công nghệ thông tin", "91-TU-VP", Role.TECHNICIAN, HUB,
           "Kỹ thuật viên: bàn điều khiển, các điểm cầu, đường truyền"),
    Person("diem-cau", "Huỳnh Văn Lộc", "Phó Chánh Văn phòng Huyện ủy", "903", Role.SITE_OPERATOR, "903",
           "Phụ trách điểm cầu Huyện Hòn Đất: một phòng, một thiết bị"),
    Person("dai-bieu", "Đỗ Thị Ánh Tuyết", "Chuyên viên Phòng Quản lý công nghệ", "91-KHCN", Role.DELEGATE, None,
           "Đại biểu dự một mình: nghe, đăng ký phát biểu, học và làm trắc nghiệm"),
    Person("quan-tri", "Ngô Quang Huy", "Quản trị viên hệ thống", "91-TU-VP", None, None,
           "Quản trị: mọi hội nghị, mọi học phần"),
)  # fmt: skip
SIMULATED = "mo-phong"
"""What ``what`` says of accounts that only the simulation signs in with."""


def plan_people(units: dict[str, OrgUnit]) -> list[Person]:
    """Everybody, the same on every installation: the named, the operators, full rooms, twelve who join alone."""
    names = invented_names(57)
    people = list(_NAMED)
    people.append(
        Person("diem-cau-tinh", next(names), "Phó Chánh Văn phòng Tỉnh ủy", "91-TU-VP", Role.SITE_OPERATOR, HUB, SIMULATED)
    )
    people += _audience("kg-tinh", HUB, _hub_seats(), names)
    for district in districts(units):
        if not any(p.role is Role.SITE_OPERATOR and p.place == district.code for p in people):
            title = f"Phó Chánh Văn phòng {committee(district)}"
            username = f"diem-cau-{slug(district)}"
            people.append(Person(username, next(names), title, district.code, Role.SITE_OPERATOR, district.code, SIMULATED))
        people += _audience(f"kg-{slug(district)}", district.code, _room_seats(units, district), names)
    alone = (code for code in _LONE_UNITS)
    people += [
        Person(f"dai-bieu-{number}", next(names), "Chuyên viên", code, Role.DELEGATE, None, SIMULATED)
        for number, code in enumerate(alone, start=2)
    ]
    return people


@transaction.atomic
def make_people(plan: Iterable[Person], units: dict[str, OrgUnit], *, simulated_password: str) -> dict[str, User]:
    """Make the accounts that do not exist yet, without a usable password unless the simulation needs one.

    Gives every account of the plan by username. An account that exists stays as it is.
    """
    plan = list(plan)
    found = {user.username: user for user in User.objects.filter(username__in=[p.username for p in plan])}
    missing = [person for person in plan if person.username not in found]
    # One hash for all simulated accounts: hashing is slow on purpose, and they share the password anyway.
    shared = make_password(simulated_password) if any(p.what == SIMULATED for p in missing) else ""
    made = User.objects.bulk_create(
        User(
            username=person.username,
            password=shared if person.what == SIMULATED else make_password(None),
            full_name=person.name,
            name_folded=folded(person.name),
            title=person.title,
            unit=units[person.unit],
            platform_role=User.PlatformRole.MEMBER if person.role else User.PlatformRole.ADMIN,
        )
        for person in missing
    )
    return found | {user.username: user for user in made}


def districts(units: dict[str, OrgUnit]) -> list[OrgUnit]:
    """The fifteen districts of Kiên Giang, by code."""
    return children(units, units[KIEN_GIANG], OrgUnit.Kind.DISTRICT)


def committee(district: OrgUnit) -> str:
    """The committee that leads the district: "Huyện ủy", or "Thành ủy" in a city."""
    return "Thành ủy" if district.name.startswith("Thành phố") else "Huyện ủy"


def slug(unit: OrgUnit) -> str:
    """The name without its kind, for usernames: "Huyện Hòn Đất" → "hon-dat"."""
    words = folded(unit.name).split()
    return "-".join(words[2:] if words[:2] == ["thanh", "pho"] else words[1:])


_LONE_UNITS = (
    "91-KHCN", "91-KHCN", "91-TC", "91-TC", "91-YT", "91-YT", "91-GDDT", "91-GDDT", "91-TU-TC", "91-TU-TC", "91-TU-TG",
)  # fmt: skip


def _audience(prefix: str, place: str, seats: Iterable[tuple[str, str]], names: Iterator[str]) -> list[Person]:
    return [
        Person(f"{prefix}-{number:02}", next(names), title, unit, Role.DELEGATE, place)
        for number, (title, unit) in enumerate(seats, start=1)
    ]


def _hub_seats() -> list[tuple[str, str]]:
    heads = {"91-KHCN": "Giám đốc Sở", "91-TC": "Giám đốc Sở", "91-YT": "Giám đốc Sở", "91-GDDT": "Giám đốc Sở"}
    deputies = [(title.replace("Giám", "Phó Giám"), unit) for unit, title in heads.items()]
    boards = [
        ("Trưởng Ban", "91-TU-TG"), ("Phó Trưởng Ban", "91-TU-TG"), ("Trưởng phòng Lý luận chính trị", "91-TU-TG"),
        ("Trưởng Ban", "91-TU-TC"), ("Phó Trưởng Ban", "91-TU-TC"), ("Phó Chánh Văn phòng", "91-TU-VP"),
        ("Trưởng phòng Tổng hợp", "91-TU-VP"),
    ]  # fmt: skip
    return boards + [(title, unit) for unit, title in heads.items()] + deputies


def _room_seats(units: dict[str, OrgUnit], district: OrgUnit) -> list[tuple[str, str]]:
    """The district's leaders, then the secretary of each commune, and its deputy where the communes are few."""
    body = committee(district)
    town = "thành phố" if body == "Thành ủy" else "huyện"
    leaders = [
        f"Bí thư {body}",
        f"Phó Bí thư Thường trực {body}",
        f"Chủ tịch UBND {town}",
        f"Trưởng Ban Tuyên giáo và Dân vận {body}",
        f"Chánh Văn phòng {body}",
    ]
    communes = children(units, district, OrgUnit.Kind.COMMUNE)
    titles = ["Bí thư Đảng ủy"] if len(communes) >= LEAST_IN_A_ROOM else ["Bí thư Đảng ủy", "Chủ tịch UBND"]
    return [(title, district.code) for title in leaders] + [(title, commune.code) for commune in communes for title in titles]

"""Invented Vietnamese names. Nobody real is meant."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_FAMILY = (
    "Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Trần Lê Lê Phạm Phạm Huỳnh Huỳnh Võ Phan Trương Bùi Đặng Đỗ Ngô Hồ Dương Lý Danh Danh "
    "Mai Lâm Tăng Quách Thái Châu Cao Đinh"
)
_MEN = (
    "Văn, Hoàng, Minh, Quốc, Thanh, Hữu, Công, Đức, Trung, Chí, Ngọc, Tấn",
    (
        "An Ân Bảo Bình Cường Dũng Đạt Đăng Hải Hậu Hùng Khánh Khoa Lộc Long Mẫn Nghĩa Nhân Phong Phúc Quang Sơn Tài Thành Thịnh "
        "Toàn Trí Trung Tuấn Vinh"
    ),
)
_WOMEN = (
    "Thị, Ngọc, Thị Kim, Thị Hồng, Thu, Mỹ, Bích, Thị Cẩm, Thị Thanh",
    (
        "Ánh Cúc Diễm Dung Đào Hà Hạnh Hiền Hoa Hương Lan Liên Loan Mai Nga Ngân Nhung Oanh Phượng Quyên Tâm Thảo Thu Thúy Trang "
        "Trâm Tuyền Vân Xuân Yến"
    ),
)


def invented_names(seed: int) -> Iterator[str]:
    """Full names without end, none twice; the same ones for the same seed."""
    random = Random(seed)  # noqa: S311  (names, not secrets)
    used: set[str] = set()
    while True:
        middles, givens = _WOMEN if random.random() < 0.42 else _MEN
        name = f"{random.choice(_FAMILY.split())} {random.choice(middles.split(', '))} {random.choice(givens.split())}"
        words = name.split()
        if name not in used and len(set(words)) == len(words):
            used.add(name)
            yield name

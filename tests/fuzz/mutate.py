"""Turns what was once said into what nobody would say. Seeded: the same seed, the same inputs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

MAX_BYTES = 16_384
_NUMBERS = (0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 254, 255, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)


class Mutator:
    """Makes one input after another from ``seeds`` (and, for texts, from ``words`` that mean something there)."""

    def __init__(self, seeds: Sequence[bytes], seed: int, words: Sequence[bytes] = ()) -> None:
        self._seeds = list(seeds)
        self._words = list(words)
        self._chance = random.Random(seed)  # noqa: S311  (repeatable on purpose)
        self._ways: list[Callable[[bytearray], None]] = [
            self._flip, self._byte, self._number, self._cut, self._drop, self._repeat, self._insert, self._splice,
        ]  # fmt: skip
        if words:
            self._ways += [self._word, self._word, self._token]

    def next(self) -> bytes:
        """The next input: one of the seeds after one to six changes, now and then none or pure chance."""
        chance = self._chance
        if chance.random() < 0.01:
            return chance.randbytes(chance.randrange(200))
        data = bytearray(chance.choice(self._seeds))
        for _ in range(chance.choice((0, 1, 1, 1, 2, 2, 3, 4, 6))):
            chance.choice(self._ways)(data)
        return bytes(data[:MAX_BYTES])

    def _at(self, data: bytearray, room: int = 0) -> int:
        return self._chance.randrange(max(1, len(data) - room + 1))

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._chance.randrange(len(data))] ^= 1 << self._chance.randrange(8)

    def _byte(self, data: bytearray) -> None:
        if data:
            data[self._chance.randrange(len(data))] = self._chance.randrange(256)

    def _number(self, data: bytearray) -> None:
        size = self._chance.choice((1, 2, 4))
        number = self._chance.choice(_NUMBERS) & (1 << 8 * size) - 1
        at = self._at(data, size)
        data[at : at + size] = number.to_bytes(size, "big")

    def _cut(self, data: bytearray) -> None:
        del data[self._at(data) :]

    def _drop(self, data: bytearray) -> None:
        at = self._at(data)
        del data[at : at + self._chance.randrange(1, 17)]

    def _repeat(self, data: bytearray) -> None:
        at = self._at(data)
        piece = data[at : at + self._chance.randrange(1, 65)]
        data[at:at] = piece * self._chance.randrange(1, 9)

    def _insert(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._chance.randbytes(self._chance.randrange(1, 9))

    def _splice(self, data: bytearray) -> None:
        other = self._chance.choice(self._seeds)
        at, begin = self._at(data), self._chance.randrange(max(1, len(other)))
        data[at:] = other[begin:]

    def _word(self, data: bytearray) -> None:
        at = self._at(data)
        data[at:at] = self._chance.choice(self._words)

    def _token(self, data: bytearray) -> None:
        """Put a word in the place of what stands between two marks."""
        at = self._at(data)
        end = next((place for place in range(at, min(len(data), at + 60)) if data[place] in b' ,:;=/"\r\n'), at)
        data[at:end] = self._chance.choice(self._words)

"""What a target is: an entry to the product, and what its inputs are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.make_fixtures import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Callable

#: Largest input that is tried, in bytes; seeds are at most as long.
MAX_BYTES = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One entry to the product."""

    run: Callable[[bytes], object]
    #: Patterns of fixtures that are fed as they are.
    fixtures: tuple[str, ...] = ()
    #: Further seeds.
    seeds: tuple[bytes, ...] = ()
    #: Words that mutations insert.
    words: tuple[bytes, ...] = ()

    def all_seeds(self) -> tuple[bytes, ...]:
        """Every seed that is not too long."""
        files = (path for pattern in self.fixtures for path in sorted(FIXTURES.glob(pattern)) if path.is_file())
        contents = (*(path.read_bytes() for path in files), *self.seeds)
        return tuple(content for content in contents if len(content) <= MAX_BYTES)

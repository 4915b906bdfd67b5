"""The judged files of fixtures/ as the manifest lists them, with the keys that it names."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from meter_sign.cli.key_file import read_registry
from meter_sign.judgement import Judgement, KeyPolicy, NamedKey, judge

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
_MANIFEST = tomllib.loads(FIXTURES.joinpath("MANIFEST.toml").read_text(encoding="utf-8"))
AT = datetime.fromisoformat(_MANIFEST["at"])


@cache
def _policy(keys: tuple[str, ...], registry: str | None, require_registry: bool) -> KeyPolicy:  # noqa: FBT001
    return KeyPolicy(
        arguments=tuple(NamedKey(name=None, text=FIXTURES.joinpath(key).read_bytes()) for key in keys),
        registry=read_registry(str(FIXTURES.joinpath(registry))) if registry else None,
        require_registry=require_registry,
    )


@dataclass(frozen=True)
class FixtureFile:
    """One file and what the manifest says of it; of several keys the first."""

    path: str
    entry: dict[str, Any]

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        return FIXTURES.joinpath(self.path).read_bytes()

    @property
    def policy(self) -> KeyPolicy:
        """The keys that count."""
        return _policy(
            tuple(self.entry["keys"][:1]), self.entry.get("registry"), self.entry.get("require_registry", False)
        )

    def judged(self, raw: bytes | None = None) -> Judgement:
        """The judgement of the file, or of other bytes under its keys."""
        return judge(self.raw if raw is None else raw, self.policy, at=AT)


ALL = tuple(FixtureFile(entry["path"], entry) for entry in _MANIFEST["file"] if "verdict" in entry)
#: Files of which every value is verified, whatever the keys.
VALID = tuple(one for one in ALL if "attacked" not in one.path and one.entry["verdict"] == "valid")

"""Where the simulated eMSP serves what: plain paths, or odd ones that no client can guess.

A client that builds URLs from a pattern instead of reading the version details gets 404 on the odd ones: every module
has a prefix of its own, one URL ends in a slash, one holds dots, and a CDR's Location has nothing to do with its id.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import unquote

#: Module ids of `Request.module`; `cdr` is the place where one CDR can be read again (its Location).
MODULES = ("versions", "version_details", "version_details_2_1_1", "credentials", "tariffs", "tokens", "cdrs", "cdr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """The path of every module, and whether a CDR's Location may be guessed."""

    by_module: dict[str, str]
    odd: bool

    def resolve(self, path: str) -> tuple[str, tuple[str, ...]] | None:
        """Find the module that serves a path (without query), and the decoded segments behind it.

        The longest module path wins. A missing or doubled slash matches nothing.
        """
        for module, prefix in sorted(self.by_module.items(), key=lambda item: -len(item[1])):
            if path == prefix:
                return module, ()
            base = prefix if prefix.endswith("/") else prefix + "/"
            if path.startswith(base):
                return module, tuple(unquote(part) for part in path.removeprefix(base).split("/"))
        return None

    def location_key(self, cdr_id: str) -> str:
        """The last segment of a CDR's Location: its id, or 16 random bytes on odd paths."""
        return secrets.token_hex(16) if self.odd else cdr_id


def plain_paths() -> Paths:
    """Paths as most eMSPs have them."""
    base = "/ocpi/2.2.1"
    return Paths(
        by_module={
            "versions": "/ocpi/versions",
            "version_details": base,
            "version_details_2_1_1": "/ocpi/2.1.1",
            "credentials": f"{base}/credentials",
            "tariffs": f"{base}/tariffs",
            "tokens": f"{base}/tokens",
            "cdrs": f"{base}/cdrs",
            "cdr": f"{base}/cdr",
        },
        odd=False,
    )


def odd_paths() -> Paths:
    """Paths that differ at every start and in every module."""

    def noise() -> str:
        return secrets.token_hex(4)

    return Paths(
        by_module={
            "versions": f"/{noise()}/which.ones",
            "version_details": f"/d-{noise()}/two.two.one/",
            "version_details_2_1_1": f"/old/{noise()}",
            "credentials": f"/zugang/{noise()}/anmelden",
            "tariffs": f"/preise.{noise()}/v1.0/t/",
            "tokens": f"/karten/{noise()}",
            "cdrs": f"/abrechnung.{noise()}/belege.v2.json",
            "cdr": f"/archiv/{noise()}",
        },
        odd=True,
    )

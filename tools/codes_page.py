"""Write docs/codes.md, every code of both programs in English and German: `python -m tools.codes_page [--check]`.

The texts are the catalogues' own, so the page cannot say anything else than the program does. With `--check` nothing is
written: exit 1 when the page is not as it would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cdr_service.domain.findings import GatewayCode
from cdr_service.http.error_texts import ERROR_TEXTS
from cdr_service.http.error_words import words_of
from meter_sign.catalogue import Language, explain
from meter_sign.codes import Code

PAGE = Path(__file__).resolve().parents[1] / "docs" / "codes.md"
_HEAD = """# Codes

What each code of `meter-sign` and of the gateway's verdicts means, whose matter it is, and what to do. Made by
`python -m tools.codes_page` from the catalogues of the two programs; do not edit. A code never changes its meaning.
What the gateway says of sessions, CDRs and requests stands in the [second part](#codes-of-the-gateway).
"""
_GATEWAY = """# Codes of the gateway

What `cdr-service` says beside the codes above: findings of a session or a CDR, and errors of a request. Some names
stand in both parts; here is what they mean where the gateway says them itself.
"""


def page() -> str:
    """The whole page."""
    own = sorted({*map(str, GatewayCode), *ERROR_TEXTS})
    return "\n".join(
        [_HEAD, *(_entry(code) for code in sorted(Code)), _GATEWAY, *(_gateway_entry(code) for code in own)]
    )


def _entry(code: Code) -> str:
    lines = [f"## {code}", ""]
    for language in Language:
        told = explain(code, language)
        lines += [f"- *{language}*: {told.what} **{told.whose_fault}** {told.remedy}"]
    return "\n".join([*lines, ""])


def _gateway_entry(code: str) -> str:
    lines = [f"## {code}", ""]
    for language in Language:
        told = words_of(code, language)
        lines += [f"- *{language}*: {told['what']} **{told['whose_fault']}** {told['remedy']}"]
    return "\n".join([*lines, ""])


def main(arguments: list[str] | None = None) -> int:
    """Write the page, or compare it.

    Returns:
        0 when written or equal, 1 when `--check` found a difference.
    """
    words = sys.argv[1:] if arguments is None else arguments
    if words != ["--check"]:
        PAGE.write_text(page(), encoding="utf-8")
        return 0
    same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page()
    if not same:
        print("docs/codes.md is not what `python -m tools.codes_page` writes")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

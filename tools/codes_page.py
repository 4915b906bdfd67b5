"""Write docs/codes.md, every code of `meter-sign` in English and German: `python -m tools.codes_page [--check]`.

The texts are the catalogue's own, so the page cannot say anything else than the program does. With `--check` nothing is
written: exit 1 when the page is not as it would be written.
"""

from __future__ import annotations

import sys
from pathlib import Path

from meter_sign.catalogue import Language, explain
from meter_sign.codes import Code

PAGE = Path(__file__).resolve().parents[1] / "docs" / "codes.md"
_HEAD = """# Codes

What each code of `meter-sign` and of the gateway's verdicts means, whose matter it is, and what to do. Made by
`python -m tools.codes_page` from `meter_sign/catalogue`; do not edit. A code never changes its meaning.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(_entry(code) for code in sorted(Code))])


def _entry(code: Code) -> str:
    lines = [f"## {code}", ""]
    for language in Language:
        told = explain(code, language)
        lines += [f"- *{language}*: {told.what} **{told.whose_fault}** {told.remedy}"]
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

"""Make every file of fixtures/, the same bytes on every machine: `python -m tools.make_fixtures [--check]`.

Keys come from public seeds, signatures are deterministic (RFC 6979), texts are put together by hand; nothing of
`meter_sign` is used. With `--check` nothing is written: exit 1 with a list when a file differs, lacks or is too many.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.fixtures import (
    attacked_bytes,
    attacked_transactions,
    case,
    chargeit,
    demo,
    demo_mscons,
    json_formats,
    json_messages,
    json_shown,
    key_files,
    meter_history,
    mixed,
    ocmf_versions,
    ocpi_objects,
    readme,
    registered,
    undecidable,
    valid,
    valid_contents,
)
from tools.fixtures.alfen import cases as alfen
from tools.fixtures.edifact import files as edifact
from tools.fixtures.edl40 import attacked as edl40_attacked
from tools.fixtures.edl40 import malformed as edl40_malformed
from tools.fixtures.edl40 import pairs as edl40_pairs
from tools.fixtures.edl40 import signed_xml_cases as edl40_sig
from tools.fixtures.edl40 import valid as edl40_valid
from tools.fixtures.isa import cases as isa
from tools.fixtures.mennekes import cases as mennekes
from tools.fixtures.pcdf import cases as pcdf

#: Where the judged files come from.
_TABLES = (
    demo, valid, valid_contents, attacked_bytes, attacked_transactions, undecidable, registered, ocmf_versions,
    edl40_valid, edl40_pairs, edl40_attacked, edl40_malformed, edl40_sig, mennekes, isa, alfen, pcdf, mixed,
    json_messages, json_formats, json_shown, chargeit, meter_history, edifact,
)  # fmt: skip

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"


def all_cases() -> tuple[case.Case, ...]:
    """Every file that `meter-sign verify` is to judge."""
    return tuple(one for table in _TABLES for one in table.cases())


def all_files() -> dict[str, bytes]:
    """Every file of fixtures/ by its path below it."""
    cases = all_cases()
    paths = [(one.path, one.content) for one in cases]
    paths += [(one.path, one.content) for of_case in cases for one in of_case.beside]
    judged = dict(paths)
    if len(judged) != len(paths):
        raise ValueError("two cases have one path")
    files = {
        **key_files.files(),
        **ocpi_objects.files(),
        **demo.files(),
        **demo_mscons.files(),
        **judged,
        "README.md": readme.TEXT.encode(),
    }
    return {**files, "MANIFEST.toml": case.manifest(files, cases)}


def write(files: dict[str, bytes], folder: Path) -> None:
    """Write all files and remove those that no longer belong."""
    for path in _present(folder) - set(files):
        folder.joinpath(path).unlink()
    for path, content in files.items():
        target = folder.joinpath(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def differences(files: dict[str, bytes], folder: Path) -> list[str]:
    """What would change if the files were written, one line each; empty when all is as made."""
    present = _present(folder)
    lines = [f"missing: {path}" for path in files if path not in present]
    lines += [f"not made by this tool: {path}" for path in present - set(files)]
    lines += [f"differs: {path}" for path in present & set(files) if folder.joinpath(path).read_bytes() != files[path]]
    return sorted(lines)


def _present(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def main(arguments: list[str] | None = None) -> int:
    """Write the fixtures, or compare them.

    Returns:
        0 when written or equal, 1 when `--check` found a difference.
    """
    parser = argparse.ArgumentParser(prog="make_fixtures", description="Make every file of fixtures/.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on any difference")
    parser.add_argument("--folder", type=Path, default=FIXTURES, help="default: fixtures/ of this repository")
    options = parser.parse_args(arguments)
    files = all_files()
    if not options.check:
        write(files, options.folder)
        return 0
    found = differences(files, options.folder)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""What the documents say can be done is done here: commands are executed, links are followed.

A block of commands that is executed stands behind a comment that says so, with its exit status where that is not 0:

    <!-- executed: exit 2 -->
    ```sh
    meter-sign verify fixtures/demo/session_tampered.xml
    ```

Blocks of `make` and `pip install` are no `sh` blocks: what they do is what runs these tests.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
#: Where documents are; the rest of the tree is made or installed.
FOLDERS = ("docs", "fixtures", "tests", "tools", "meter_sign", "cdr_service", "deploy")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(file for folder in FOLDERS for file in ROOT.joinpath(folder).rglob("*.md"))])

_BLOCK = re.compile(r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```sh\n(?P<commands>.*?)^```$", re.DOTALL | re.MULTILINE)
_MARK = re.compile(r"executed(?:: exit (?P<status>\d+))?")
_LINK = re.compile(r"\[[^\]\n]*\]\((?P<target>[^)\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#")


@dataclass(frozen=True, slots=True)
class Command:
    """One line of a block, and the exit status that the document promises."""

    line: str
    status: int


def commands_of(text: str) -> list[Command]:
    """The commands of all `sh` blocks.

    Raises:
        ValueError: a block without the comment, so that no command stands in a document untried.
    """
    found: list[Command] = []
    for block in _BLOCK.finditer(text):
        mark = _MARK.fullmatch(block["mark"] or "")
        if mark is None:
            raise ValueError(f"an sh block without `<!-- executed -->` before it: {block['commands']!r}")
        lines = block["commands"].replace("\\\n", "").splitlines()
        found += [Command(line, int(mark["status"] or 0)) for line in lines if line and not line.startswith("#")]
    return found


def links_of(text: str) -> Iterator[str]:
    """Relative targets of links, without their anchors."""
    for match in _LINK.finditer(text):
        if not _ELSEWHERE.match(match["target"]):
            yield match["target"].partition("#")[0]


COMMANDS = [
    (file.relative_to(ROOT).as_posix(), command)
    for file in DOCUMENTS
    for command in commands_of(file.read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product and its fixtures, which a command may change."""
    copy = tmp_path_factory.mktemp("tree")
    for folder in ("meter_sign", "cdr_service", "fixtures", "tools"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_the_readme_shows_how_to_verify() -> None:
    """The README has commands that are executed here, verifications that succeed and that fail among them."""
    statuses = {command.status for name, command in COMMANDS if name == "README.md" and "meter-sign" in command.line}
    assert {0, 2} <= statuses


@pytest.mark.parametrize(("name", "command"), COMMANDS, ids=[f"{name}: {command.line}" for name, command in COMMANDS])
def test_a_command_ends_as_the_document_says(name: str, command: Command, tree: Path) -> None:
    """Each command of a document ends with the exit status that stands there, and without a traceback."""
    binaries = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": binaries, "PYTHONPATH": str(tree)}
    ended = subprocess.run(
        ["sh", "-c", command.line], cwd=tree, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert command.status == ended.returncode, f"{name}: {command.line}\n{ended.stdout}{ended.stderr}"
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(file: Path) -> None:
    """A relative link in a document names a file or a folder that is there."""
    targets = list(links_of(file.read_text(encoding="utf-8")))
    assert [] == [target for target in targets if not file.parent.joinpath(target).exists()]


def test_documents_are_found() -> None:
    """The documents that a new contributor reads are among those that are looked at, and they have links."""
    names = {file.relative_to(ROOT).as_posix() for file in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/ARCHITECTURE.md", "docs/glossary.md"} <= names
    assert "docs/ARCHITECTURE.md" in set(links_of(ROOT.joinpath("README.md").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("<!-- executed -->\n```sh\na b\n```\n", [Command("a b", 0)]),
        ("<!-- executed: exit 2 -->\n```sh\na\n\n# why\nb\n```\n", [Command("a", 2), Command("b", 2)]),
        ("<!-- executed -->\n```sh\na \\\n  b\n```\n", [Command("a   b", 0)]),
        (
            "<!-- executed -->\n```sh\na\n```\nx\n<!-- executed: exit 1 -->\n```sh\nb\n```\n",
            [Command("a", 0), Command("b", 1)],
        ),
        ("```\nmake demo\n```\n", []),
        ("```toml\nname = 1\n```\n", []),
    ],
)  # fmt: skip
def test_commands_are_read_with_their_status(text: str, commands: list[Command]) -> None:
    """Every line of a marked block is a command; a continued line is one, a comment none."""
    assert commands == commands_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "```sh\na\n```\n",
        "<!-- executed by hand -->\n```sh\na\n```\n",
        "<!-- executed -->\n\n```sh\na\n```\n",
        "<!-- executed: exit two -->\n```sh\na\n```\n",
    ],
)
def test_an_unmarked_block_is_refused(text: str) -> None:
    """A block of commands that nobody tries cannot stand in a document."""
    with pytest.raises(ValueError, match="without"):
        commands_of(text)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("see [a](docs/a.md) and [b](../b.md#part)", ["docs/a.md", "../b.md"]),
        ("see [a](https://ocpi.example/x), [b](#here), [c](mailto:a@b.example)", []),
    ],
)
def test_links_are_read(text: str, targets: list[str]) -> None:
    """Relative links are found, others are not followed."""
    assert targets == list(links_of(text))


def test_no_command_needs_what_a_new_machine_lacks() -> None:
    """Commands of documents use the two commands that the package installs, and nothing else."""
    assert {"meter-sign"} <= {shlex.split(command.line)[0] for _, command in COMMANDS} <= {"meter-sign", "cdr-service"}

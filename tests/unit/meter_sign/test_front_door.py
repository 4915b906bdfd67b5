"""The front door of `meter_sign`: every name is there, and none is loaded before it is asked for."""

from __future__ import annotations

import ast
import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import meter_sign

ROOT = Path(__file__).resolve().parents[3]
FRONT_DOOR = ROOT / "meter_sign" / "__init__.py"


def imports_for_type_checkers() -> dict[str, tuple[str, str]]:
    """Each imported name to its module and its name there, as type checkers read the file."""
    tree = ast.parse(FRONT_DOOR.read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and isinstance(node.test, ast.Name)]
    found = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: (str(node.module), alias.name) for node in found for alias in node.names}


def test_type_checkers_and_programs_see_the_same() -> None:
    """What is loaded on demand is what the imports for type checkers say, name by name."""
    assert imports_for_type_checkers() == meter_sign._HOME
    assert sorted(meter_sign.__all__) == sorted(meter_sign._HOME)


@pytest.mark.parametrize("name", meter_sign.__all__)
def test_every_name_is_there(name: str) -> None:
    """Each exported name can be had."""
    assert getattr(meter_sign, name) is not None


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the package's docstring shows is what happens."""
    monkeypatch.chdir(ROOT)
    failed, tried = doctest.testmod(meter_sign)
    assert (0, True) == (failed, tried > 0)


def test_what_is_not_exported_is_not_there() -> None:
    """A misspelt name is an error, not an empty answer."""
    with pytest.raises(AttributeError, match="judgee"):
        _ = meter_sign.judgee


def test_importing_loads_neither_cryptography_nor_xml() -> None:
    """The package itself costs nothing: the slow libraries come with the names that need them."""
    script = "import sys, meter_sign; print(sorted({'cryptography', 'lxml', 'ecdsa', 'pyocmf'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "[]" == ended.stdout.strip()

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import cdr_service
from cdr_service.persistence.tables import Base
from cdr_service.persistence.types import ExactDecimal

_PACKAGE = Path(cdr_service.__file__).parent
_DECIMAL_COLUMNS = frozenset(
    column.name
    for table in Base.metadata.tables.values()
    for column in table.c
    if isinstance(column.type, ExactDecimal)
)
_AGGREGATES = frozenset({"avg", "sum", "total"})
_SQL = re.compile(r"\b(sum|avg|total)\s*\(\s*\w", re.IGNORECASE)


def _violations(source: str) -> list[str]:
    """What a source does with exact decimals that SQLite would do in floats or in texts."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in _AGGREGATES and isinstance(node.func.value, ast.Name) and node.func.value.id == "func":
                found.append(f"func.{node.func.attr}")
            if node.func.attr in {"order_by", "min", "max"}:
                inner = (sub for argument in node.args for sub in ast.walk(argument) if isinstance(sub, ast.Attribute))
                found += [f"{node.func.attr}({sub.attr})" for sub in inner if sub.attr in _DECIMAL_COLUMNS]
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "select " in node.value.lower():
            found += [match.group(0) for match in _SQL.finditer(node.value)]
    return found


@pytest.mark.parametrize("path", sorted(_PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(_PACKAGE)))
def test_no_sums_or_orders_of_exact_decimals_in_sql(path: Path) -> None:
    """Sums are made in Python: on SQLite, SUM over TEXT is a float and ORDER BY is alphabetical."""
    assert _violations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "select(func.sum(CdrRow.total_energy))",
        "select(func.avg(CdrRow.total_cost_excl_vat))",
        "select(CdrRow).order_by(CdrRow.total_energy.desc())",
        "select(func.max(CdrRow.total_cost_incl_vat))",
        "connection.exec_driver_sql('SELECT SUM(total_energy) FROM cdr')",
    ],
)
def test_the_rule_sees_a_violation(source: str) -> None:
    """The test above can fail: each of these is caught."""
    assert _violations(source)


def test_the_rule_knows_columns() -> None:
    """The rule is not empty: amounts and energy of the CDR are exact."""
    assert {"total_cost_excl_vat", "total_energy", "total_time"} <= _DECIMAL_COLUMNS

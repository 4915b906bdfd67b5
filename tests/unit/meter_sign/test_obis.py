"""Registers: one canonical name, and what each may bill."""

from __future__ import annotations

import pytest

from meter_sign.obis import RegisterKind, parse_obis

SPELLINGS = [
    ("1-0:1.8.0", "1-0:1.8.0"),
    ("1-0:1.8.0*255", "1-0:1.8.0"),
    ("1-0:1.8.0*FF", "1-0:1.8.0"),
    ("1-0:1.8.0.255", "1-0:1.8.0"),
    ("1-0:1.8.0&255", "1-0:1.8.0"),
    ("01-00:01.08.00*FF", "1-0:1.8.0"),
    ("01-00:01.08.00.FF", "1-0:1.8.0"),
    (" 1-0:1.8.0 ", "1-0:1.8.0"),
    ("1-b:1.8.e", "1-B:1.8.E"),
    ("01-0B:b1.08.00*FF", "1-B:B1.8.0"),
    ("1-0:1.8.0*198", "1-0:1.8.0*198"),
    ("1-0:1.8.0*0", "1-0:1.8.0*0"),
    ("1-0:1.8", "1-0:1.8.0"),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_every_spelling_has_one_canonical_form(text: str, expected: str) -> None:
    """Leading zeros, case and a group F that says nothing do not make another register."""
    assert expected == str(parse_obis(text))


NONE = ["", "1.8.0", "1-0:1", "1-0:1.8.0*", "1-0:1.8.0*255*1", "1-0:1.8.0\n1", "1-0:1111.8.0", "1-0:\u0661.8.0", "kWh"]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_obis_code_is_none(text: str) -> None:
    """Nothing is guessed, and no digits but ASCII's count."""
    assert parse_obis(text) is None


KINDS = [
    ("1-0:1.8.0*255", RegisterKind.IMPORT),
    ("1-b:1.8.0", RegisterKind.IMPORT),
    ("1-b:1.8.e", RegisterKind.IMPORT),
    ("1-0:1.8.0*198", RegisterKind.IMPORT),
    ("1-0:1.8.0*200", RegisterKind.IMPORT),
    ("01-00:B0.08.00*FF", RegisterKind.IMPORT),
    ("01-00:B2.08.00*FF", RegisterKind.IMPORT_TRANSACTION),
    ("01-00:98.08.00.FF", RegisterKind.IMPORT_COMPENSATED),
    ("01-00:9E.08.00*FF", RegisterKind.IMPORT_COMPENSATED),
    ("01-00:B1.08.00*FF", RegisterKind.IMPORT_COMPENSATED),
    ("01-00:B3.08.00*FF", RegisterKind.IMPORT_TRANSACTION_COMPENSATED),
    ("1-0:1.8.1", RegisterKind.IMPORT_TARIFF),
    ("1-0:1.8.9*255", RegisterKind.IMPORT_TARIFF),
    ("1-0:2.8.0*255", RegisterKind.EXPORT),
    ("01-00:C0.08.00*FF", RegisterKind.EXPORT),
    ("01-00:C3.08.00*FF", RegisterKind.EXPORT),
    ("1-0:1.7.0*255", RegisterKind.OTHER),
    ("1-0:1.9.0*255", RegisterKind.OTHER),
    ("1-0:16.8.0*255", RegisterKind.OTHER),
    ("1-0:1.8.0*100", RegisterKind.OTHER),
    ("1-0:1.17.0*255", RegisterKind.IMPORT),
    ("1-0:1.17.0*200", RegisterKind.IMPORT_COMPENSATED),
    ("1-0:1.17.0*100", RegisterKind.OTHER),
    ("1-0:2.17.0", RegisterKind.OTHER),
    ("1-1:1.17.0", RegisterKind.OTHER),
    ("1-0:1.8.0*0", RegisterKind.OTHER),
    ("01-00:9C.08.00*FF", RegisterKind.OTHER),
    ("01-00:B4.08.00*FF", RegisterKind.OTHER),
    ("01-00:C4.08.00*FF", RegisterKind.OTHER),
    ("01-00:B1.08.01*FF", RegisterKind.OTHER),
    ("1-0:2.8.1", RegisterKind.OTHER),
    ("1-0:1.8.1*100", RegisterKind.OTHER),
    ("7-0:1.8.0", RegisterKind.OTHER),
    ("8-0:1.8.0", RegisterKind.OTHER),
    ("01-00:00.08.06.FF", RegisterKind.OTHER),
]


@pytest.mark.parametrize(("text", "expected"), KINDS)
def test_only_registers_of_a_table_count_energy(text: str, expected: RegisterKind) -> None:
    """Gas and water, power, reserved codes, earlier periods and vendors' registers are never charging energy."""
    register = parse_obis(text)
    assert register is not None
    assert expected is register.kind

"""The table of curves."""

from __future__ import annotations

import ecdsa
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import ObjectIdentifier

from meter_sign.crypto.curves import CURVES, find_curve
from meter_sign.crypto.secp192k1 import DOMAIN
from tests.unit.meter_sign.crypto.signers import NINE_CURVES, OPENSSL_CURVES

#: OCMF 1.4.1, table 22, and the canonical name of what it means.
TABLE_22 = {
    "secp192k1": "secp192k1",
    "secp256k1": "secp256k1",
    "secp192r1": "secp192r1",
    "secp256r1": "secp256r1",
    "brainpool256r1": "brainpoolP256r1",
    "secp384r1": "secp384r1",
    "brainpool384r1": "brainpoolP384r1",
}
LIBRARY_CURVES = {
    "secp256k1": ecdsa.SECP256k1,
    "secp192r1": ecdsa.NIST192p,
    "secp256r1": ecdsa.NIST256p,
    "brainpoolP256r1": ecdsa.BRAINPOOLP256r1,
    "secp384r1": ecdsa.NIST384p,
    "brainpoolP384r1": ecdsa.BRAINPOOLP384r1,
    "secp521r1": ecdsa.NIST521p,
    "brainpoolP512r1": ecdsa.BRAINPOOLP512r1,
}


def test_there_are_nine_curves() -> None:
    """Exactly the nine curves that meters use can be judged."""
    assert set(NINE_CURVES) == set(CURVES)


@pytest.mark.parametrize(("spelling", "name"), TABLE_22.items())
def test_table_22_is_spelled_exactly(spelling: str, name: str) -> None:
    """A name of OCMF table 22 finds its curve and is no deviation."""
    assert (CURVES[name], True) == find_curve(spelling)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("brainpoolP256r1", "brainpoolP256r1"),
        ("brainpoolP384r1", "brainpoolP384r1"),
        ("BRAINPOOLP384R1", "brainpoolP384r1"),
        ("Brainpool384r1", "brainpoolP384r1"),
        ("SECP256R1", "secp256r1"),
        ("secp192K1", "secp192k1"),
        ("prime256v1", "secp256r1"),
        ("prime192v1", "secp192r1"),
        ("P-256", "secp256r1"),
        ("P-384", "secp384r1"),
    ],
)
def test_spellings_of_the_field_are_deviations(spelling: str, name: str) -> None:
    """A spelling that OCMF table 22 does not have finds its curve and is a deviation."""
    assert (CURVES[name], False) == find_curve(spelling)


@pytest.mark.parametrize("name", ["secp521r1", "brainpoolP512r1", "brainpool512r1", "P-521"])
def test_larger_curves_are_not_in_table_22(name: str) -> None:
    """Curves beyond OCMF table 22 are found, never as its spelling, and say that the table lacks them."""
    found = find_curve(name)
    assert found is not None
    assert (False, False) == (found[1], found[0].in_ocmf_table)


def test_table_22_lists_seven_of_them() -> None:
    """The curves said to be in OCMF table 22 are those seven and no others."""
    assert set(TABLE_22.values()) == {curve.name for curve in CURVES.values() if curve.in_ocmf_table}


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "secp256r1 ", "secp224r1", "secp256", "p256r1", "ECDSA-secp256r1-SHA256", "brainpoolP320r1",
        "brainpoolP256t1", "secp256r1\0", "sec\u1d18256r1", "\u017fecp256r1", "secp256\u212a1", "1.2.840.10045.3.1.7",
        "secp256r1" * 10_000,
    ],
)  # fmt: skip
def test_other_names_find_nothing(name: str) -> None:
    """A name that no table lists finds no curve, also when its lower case would look like one."""
    assert find_curve(name) is None


@pytest.mark.parametrize("name", LIBRARY_CURVES)
def test_domain_agrees_with_an_independent_library(name: str) -> None:
    """Identifier, order and field size are those that another library has for the curve."""
    library = LIBRARY_CURVES[name]
    expected = (".".join(str(arc) for arc in library.oid), library.order, library.verifying_key_length)
    assert expected == (CURVES[name].oid, CURVES[name].order, 2 * CURVES[name].field_bytes)


@pytest.mark.parametrize("name", OPENSSL_CURVES)
def test_identifier_agrees_with_openssl(name: str) -> None:
    """OpenSSL's binding knows the same curve under the same object identifier."""
    assert isinstance(OPENSSL_CURVES[name], ec.get_curve_for_oid(ObjectIdentifier(CURVES[name].oid)))


@pytest.mark.parametrize("name", NINE_CURVES)
def test_order_has_the_length_of_the_field(name: str) -> None:
    """Both r and s fit the field's bytes and need all of them, so their length side by side is twice that."""
    curve = CURVES[name]
    assert 256 ** (curve.field_bytes - 1) < curve.order < 256**curve.field_bytes


def test_secp192k1_is_that_of_sec_2() -> None:
    """The hand-made domain is the one printed in SEC 2, 2.2.1."""
    curve = DOMAIN.curve
    assert int("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFEE37", 16) == curve.p()
    assert (0, 3, 1) == (curve.a(), curve.b(), curve.cofactor())
    assert int("FFFFFFFFFFFFFFFFFFFFFFFE26F2FC170F69466A74DEFD8D", 16) == DOMAIN.order
    assert (1, 3, 132, 0, 31) == DOMAIN.oid


def test_secp192k1_base_point_has_its_order() -> None:
    """The base point lies on the curve, and taken n - 1 times it is its own negative, so its order is n."""
    point = DOMAIN.generator.to_affine()
    assert DOMAIN.curve.contains_point(point.x(), point.y())
    last = (DOMAIN.generator * (DOMAIN.order - 1)).to_affine()
    assert (point.x(), DOMAIN.curve.p() - point.y()) == (last.x(), last.y())

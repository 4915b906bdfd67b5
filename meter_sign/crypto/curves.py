"""The elliptic curves of signed metering, in one table: spellings, object identifiers, sizes, orders.

OCMF names its curves in table 22 (`ECDSA-brainpool256r1-SHA256`); the field writes them in other ways
(`brainpoolP256r1`, `SECP256R1`, `prime256v1`). Every spelling leads to one canonical name here, and `find_curve`
says whether it was the specification's own.

Source: OCMF 1.4.1 table 22; SEC 2 version 2.0 (secp*), RFC 5639 (brainpool*), ANSI X9.62 and FIPS 186-4 (aliases).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One named curve over a prime field, with cofactor 1."""

    #: Canonical name: that of SEC 2 or RFC 5639.
    name: str
    #: Object identifier, dotted.
    oid: str
    #: Bytes of one coordinate, and of r and of s: the order of all these curves has the same length.
    field_bytes: int
    #: Order n of the base point; r and s lie in 1 to n - 1.
    order: int
    #: Spellings of OCMF table 22; empty when that table does not list the curve.
    ocmf_names: tuple[str, ...] = ()

    @property
    def in_ocmf_table(self) -> bool:
        """Whether OCMF table 22 lists the curve, in whatever spelling the record has it."""
        return bool(self.ocmf_names)


_TABLE = (
    Curve(
        name="secp192k1", oid="1.3.132.0.31", field_bytes=24, ocmf_names=("secp192k1",),
        order=0xFFFFFFFF_FFFFFFFF_FFFFFFFE_26F2FC17_0F69466A_74DEFD8D,
    ),
    Curve(
        name="secp256k1", oid="1.3.132.0.10", field_bytes=32, ocmf_names=("secp256k1",),
        order=0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141,
    ),
    Curve(
        name="secp192r1", oid="1.2.840.10045.3.1.1", field_bytes=24, ocmf_names=("secp192r1",),
        order=0xFFFFFFFF_FFFFFFFF_FFFFFFFF_99DEF836_146BC9B1_B4D22831,
    ),
    Curve(
        name="secp256r1", oid="1.2.840.10045.3.1.7", field_bytes=32, ocmf_names=("secp256r1",),
        order=0xFFFFFFFF_00000000_FFFFFFFF_FFFFFFFF_BCE6FAAD_A7179E84_F3B9CAC2_FC632551,
    ),
    Curve(
        name="brainpoolP256r1", oid="1.3.36.3.3.2.8.1.1.7", field_bytes=32, ocmf_names=("brainpool256r1",),
        order=0xA9FB57DB_A1EEA9BC_3E660A90_9D838D71_8C397AA3_B561A6F7_901E0E82_974856A7,
    ),
    Curve(
        name="secp384r1", oid="1.3.132.0.34", field_bytes=48, ocmf_names=("secp384r1",),
        order=0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_C7634D81_F4372DDF_581A0DB2_48B0A77A_ECEC196A_CCC52973,
    ),
    Curve(
        name="brainpoolP384r1", oid="1.3.36.3.3.2.8.1.1.11", field_bytes=48, ocmf_names=("brainpool384r1",),
        order=0x8CB91E82_A3386D28_0F5D6F7E_50E641DF_152F7109_ED5456B3_1F166E6C_AC0425A7_CF3AB6AF_6B7FC310_3B883202_E9046565,
    ),
    Curve(
        name="secp521r1", oid="1.3.132.0.35", field_bytes=66,
        order=0x1FF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFA_51868783_BF2F966B_7FCC0148_F709A5D0_3BB5C9B8_899C47AE_BB6FB71E_91386409,
    ),
    Curve(
        name="brainpoolP512r1", oid="1.3.36.3.3.2.8.1.1.13", field_bytes=64,
        order=0xAADD9DB8_DBE9C48B_3FD4E6AE_33C9FC07_CB308DB3_B3C9D20E_D6639CCA_70330870_553E5C41_4CA92619_41866119_7FAC1047_1DB1D381_085DDADD_B5879682_9CA90069,
    ),
)  # fmt: skip

#: Every curve that can be judged, by canonical name.
CURVES: Mapping[str, Curve] = MappingProxyType({curve.name: curve for curve in _TABLE})

#: Other spellings, lower case; `brainpool256r1` and the canonical names are added from the table.
_ALIASES = {
    "prime192v1": "secp192r1", "p-192": "secp192r1",
    "prime256v1": "secp256r1", "p-256": "secp256r1",
    "prime384v1": "secp384r1", "p-384": "secp384r1",
    "p-521": "secp521r1",
    "brainpool512r1": "brainpoolP512r1",
}  # fmt: skip

_BY_SPELLING: Mapping[str, Curve] = {
    **{alias: CURVES[name] for alias, name in _ALIASES.items()},
    **{spelling.lower(): curve for curve in _TABLE for spelling in (curve.name, *curve.ocmf_names)},
}


def find_curve(name: str) -> tuple[Curve, bool] | None:
    """Find a curve by any of its names, in any case.

    Args:
        name: the curve's part of a signature algorithm, such as `brainpool256r1`, or a name from elsewhere.

    Returns:
        The curve, and whether the name is written exactly as OCMF table 22 writes it (never so for a curve that the
        table does not list); None when no curve of that name can be judged.

    Source: OCMF 1.4.1 table 22. Deviation: the other spellings are those of real meters (`brainpoolP384r1`: Carlo
    Gavazzi EM580; upper case: accepted by the official verifier).
    """
    # Not every character whose lower case is ASCII is ASCII itself (KELVIN SIGN).
    curve = _BY_SPELLING.get(name.lower()) if name.isascii() else None
    return None if curve is None else (curve, name in curve.ocmf_names)

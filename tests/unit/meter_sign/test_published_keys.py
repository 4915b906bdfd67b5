"""Keys as each format publishes them, and what OCPI calls each format.

Source of the expectations: formats.md 3.2 (form of the keys) and 8 (OCPI's names).
"""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from meter_sign.codes import Code
from meter_sign.crypto.keys import decode_public_key
from meter_sign.errors import KeyMaterialError
from meter_sign.formats import FORMATS, encoding_method, published_key
from meter_sign.model import PayloadFormat
from tests.support import alfen, edl40, pcdf
from tests.support.records import KEY

NAMES = {
    PayloadFormat.OCMF: "OCMF",
    PayloadFormat.ALFEN: "Alfen Eichrecht",
    PayloadFormat.EDL_40_P: "EDL40 E-Mobility Extension",
    PayloadFormat.EDL_40_SIG: "EDL40 E-Mobility Extension",
    PayloadFormat.EDL_40_MENNEKES: "EDL40 Mennekes",
    PayloadFormat.ISA_EDL_40_P: "ISA_EDL_40_P",
    PayloadFormat.PCDF: "PCDF",
    PayloadFormat.BSM: "chargeIT Mobility",
    PayloadFormat.EDIFACT: "EDIFACT",
}
SPKI = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def test_every_format_has_its_name_in_ocpi() -> None:
    """Registered names where there are some, the format's own where there is none."""
    assert NAMES == {one.name: encoding_method(one.name) for one in FORMATS}


@pytest.mark.parametrize(
    ("name", "text", "curve", "expected"),
    [
        (PayloadFormat.OCMF, SPKI.hex(), None, SPKI),
        (PayloadFormat.ALFEN, alfen.compressed().hex(), "secp192r1", alfen.compressed()),
        (PayloadFormat.ALFEN, alfen.compressed(alfen.OTHER_KEY).hex(), "secp192r1", alfen.compressed(alfen.OTHER_KEY)),
        (PayloadFormat.PCDF, pcdf.point(), None, bytes.fromhex(pcdf.point())),
        (PayloadFormat.EDL_40_P, edl40.point("secp192r1").hex(), None, edl40.point("secp192r1")),
        (PayloadFormat.EDL_40_SIG, edl40.point("secp256r1").hex(), None, edl40.point("secp256r1")),
        (PayloadFormat.EDL_40_MENNEKES, edl40.point("secp192r1").hex(), None, edl40.point("secp192r1")),
        (PayloadFormat.ISA_EDL_40_P, edl40.point("secp256r1").hex(), None, edl40.point("secp256r1")),
    ],
)
def test_key_is_published_as_the_format_writes_it(
    name: PayloadFormat, text: str, curve: str | None, expected: bytes
) -> None:
    """What is registered in any encoding goes out in the format's own."""
    key = decode_public_key(text, curve_name=curve)
    assert expected == published_key(name, key.spki_der)


def test_compressed_point_needs_the_name_of_its_curve() -> None:
    """About every second X lies on any curve, so the curve is never guessed; any of its names will do."""
    text = alfen.base32(alfen.compressed())
    assert decode_public_key(text, curve_name="secp192r1") == decode_public_key(text, curve_name="SECP192R1")
    with pytest.raises(KeyMaterialError) as caught:
        decode_public_key(text)
    assert Code.KEY_INVALID is caught.value.code


@pytest.mark.parametrize("curve_name", ["secp256r1", "curve of my own", ""])
def test_key_of_another_or_no_curve_is_refused(curve_name: str) -> None:
    """The curve that is named must be the key's, and one that meters use."""
    with pytest.raises(KeyMaterialError):
        decode_public_key(alfen.compressed().hex(), curve_name=curve_name)

"""Keys as OCPP writes them: the base64 of a text, which names its own encoding or not."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from meter_sign.codes import Code
from meter_sign.crypto.curves import CURVES
from meter_sign.crypto.keys import decode_public_key
from meter_sign.errors import KeyMaterialError
from tests.unit.meter_sign.crypto.signers import NINE_CURVES, signer

if TYPE_CHECKING:
    from collections.abc import Callable

#: What OCPP's publicKey may hold: the base64 of a text of the key.
OCPP_SPELLINGS: dict[str, tuple[Callable[[bytes], str], tuple[Code, ...]]] = {
    "hex": (lambda binary: binary.hex().upper(), ()),
    "PEM": (lambda binary: f"-----BEGIN PUBLIC KEY-----\n{b64encode(binary).decode()}\n-----END PUBLIC KEY-----\n", ()),
    "base64": (lambda binary: b64encode(binary).decode(), ()),
    "oca base16": (lambda binary: f"oca:base16:asn1:{binary.hex()}", (Code.KEY_OCA_PREFIX,)),
    "oca base16 as printed": (
        lambda binary: f"OCA:BASE16:ASN1:0x{binary.hex(':', 2)}\n",
        (Code.KEY_OCA_PREFIX,),
    ),
    "oca base64": (lambda binary: f"oca:base64:asn1:{b64encode(binary).decode()}", (Code.KEY_OCA_PREFIX,)),
}


@pytest.mark.parametrize("name", NINE_CURVES)
@pytest.mark.parametrize("spelling", OCPP_SPELLINGS)
def test_every_spelling_of_ocpp(name: str, spelling: str) -> None:
    """The base64 of a key's text gives the key, with the deviation of that text alone."""
    write, deviations = OCPP_SPELLINGS[spelling]
    key = decode_public_key(b64encode(write(signer(name).spki).encode()).decode())
    assert (CURVES[name], signer(name).point, deviations) == (key.curve, key.point, key.deviations)


REFUSED = {
    "another marker": "xyz:base16:asn1:{}",
    "another encoding": "oca:base32:asn1:{}",
    "another content": "oca:base16:raw:{}",
    "nothing printed": "oca:base16:asn1:",
    "the prefix twice": "oca:base16:asn1:oca:base16:asn1:{}",
    "one digit less": "oca:base16:asn1:{}0",
    "base64 that is none": "oca:base64:asn1:{}!",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("wrapped", [True, False])
def test_other_texts_are_refused(name: str, wrapped: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What the application note does not define names no key."""
    text = REFUSED[name].format(signer("secp256r1").spki.hex())
    with pytest.raises(KeyMaterialError) as caught:
        decode_public_key(b64encode(text.encode()).decode() if wrapped else text)
    assert Code.KEY_INVALID is caught.value.code

"""The texts of a CDR and the lengths OCPI gives them, as one table.

CiStrings are printable ASCII and strings printable Unicode. `plain_data` is left out of that rule: it is the signed
payload, which is never altered, so a line break inside it stays.

Source: OCPI 2.2.1 (release-2.2.1-bugfixes), mod_cdrs (CDR, CdrToken, CdrLocation, SignedData), types (CiString).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cdr_service.domain.errors import AssemblyError
from cdr_service.domain.findings import GatewayCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cdr_service.domain.cdr import Cdr, SignedData
    from cdr_service.domain.session import CdrLocation


#: The longest `public_key`: RSA-2048 fits, RSA-3072 does not (564).
PUBLIC_KEY_CHARACTERS = 512


class _Text(NamedTuple):
    """One text with its place, its value and its longest length in characters."""

    pointer: str
    value: str | None
    max_length: int
    required: bool = True
    #: CiString: printable ASCII only.
    ascii_only: bool = False
    #: What a longer text is called.
    too_long: GatewayCode = GatewayCode.FIELD_TOO_LONG
    printable: bool = True


def check_texts(cdr: Cdr) -> None:
    """Refuse a CDR with a text that OCPI 2.2.1 would not carry.

    Raises:
        AssemblyError: with the pointer of the first such text: FIELD_MISSING (required and empty), ID_TOO_LONG,
            OCPI_LENGTH or FIELD_TOO_LONG, FIELD_NOT_PRINTABLE.
    """
    for text in (*_cdr_texts(cdr), *_location_texts(cdr.cdr_location), *_signed_data_texts(cdr.signed_data)):
        _check(text)


def _check(text: _Text) -> None:
    if not text.value:
        if text.required:
            raise AssemblyError(GatewayCode.FIELD_MISSING, "a required text is empty", where=text.pointer)
        return
    if len(text.value) > text.max_length:
        raise AssemblyError(
            text.too_long,
            f"{len(text.value)} characters, OCPI 2.2.1 allows {text.max_length}",
            where=text.pointer,
        )
    if text.printable and not (text.value.isprintable() and (text.value.isascii() or not text.ascii_only)):
        raise AssemblyError(
            GatewayCode.FIELD_NOT_PRINTABLE, "a character that OCPI 2.2.1 does not allow here", where=text.pointer
        )


def _cdr_texts(cdr: Cdr) -> Iterator[_Text]:
    token = cdr.cdr_token
    # A normal CDR has 36 characters; the other 3 are for the suffix of a credit CDR.
    yield _Text("/id", cdr.id, 36, ascii_only=True, too_long=GatewayCode.ID_TOO_LONG)
    yield _Text("/session_id", cdr.session_id, 36, ascii_only=True)
    yield _Text("/cdr_token/uid", token.uid, 36, ascii_only=True)
    yield _Text("/cdr_token/contract_id", token.contract_id, 36, ascii_only=True)
    yield _Text("/authorization_reference", cdr.authorization_reference, 36, required=False, ascii_only=True)
    yield _Text("/meter_id", cdr.meter_id, 255, required=False)
    yield _Text("/currency", cdr.currency, 3)
    yield _Text("/tariffs/0/id", cdr.tariff.tariff.id, 36, ascii_only=True)


def _location_texts(location: CdrLocation) -> Iterator[_Text]:
    yield _Text("/cdr_location/id", location.id, 36, ascii_only=True)
    yield _Text("/cdr_location/name", location.name, 255, required=False)
    yield _Text("/cdr_location/address", location.address, 45)
    yield _Text("/cdr_location/city", location.city, 45)
    yield _Text("/cdr_location/postal_code", location.postal_code, 10, required=False)
    yield _Text("/cdr_location/state", location.state, 20, required=False)
    yield _Text("/cdr_location/country", location.country, 3)
    yield _Text("/cdr_location/coordinates/latitude", location.coordinates.latitude, 10)
    yield _Text("/cdr_location/coordinates/longitude", location.coordinates.longitude, 11)
    yield _Text("/cdr_location/evse_uid", location.evse_uid, 36, ascii_only=True)
    yield _Text("/cdr_location/evse_id", location.evse_id, 48, ascii_only=True)
    yield _Text("/cdr_location/connector_id", location.connector_id, 36, ascii_only=True)


def _signed_data_texts(signed_data: SignedData) -> Iterator[_Text]:
    too_long = GatewayCode.OCPI_LENGTH
    yield _Text("/signed_data/encoding_method", signed_data.encoding_method, 36, ascii_only=True)
    yield _Text(
        "/signed_data/public_key", signed_data.public_key, PUBLIC_KEY_CHARACTERS, required=False, too_long=too_long
    )
    yield _Text("/signed_data/url", signed_data.url, 512, required=False)
    for index, value in enumerate(signed_data.signed_values):
        place = f"/signed_data/signed_values/{index}"
        yield _Text(f"{place}/nature", value.nature, 32, ascii_only=True)
        yield _Text(f"{place}/plain_data", value.plain_data, 5000, too_long=too_long, printable=False)
        yield _Text(f"{place}/signed_data", value.signed_data, 5000, too_long=too_long)

"""English texts of what containers do with the values in them, and of what they show beside them."""

from __future__ import annotations

from meter_sign.codes import Code

#: What happened, and what to do about it.
TEXTS: dict[Code, tuple[str, str]] = {
    Code.VALUE_ENCODING_SPELLING: (
        "The signed value stands in another encoding than the container prescribes; it was read.",
        "Nothing now; other receivers may refuse it. Have the sender use base64.",
    ),
    Code.SIGNED_DATA_SPLIT: (
        "The record came in two halves, what is signed in plain_data and its signature in signed_data.",
        "Nothing now; ask the sender for the whole record in signed_data, which drivers' tools can read.",
    ),
    Code.OCPI_LENGTH: (
        "The signed record, its text or its key is longer than OCPI 2.2.1 carries (5000 and 512 characters).",
        "Nothing is ever cut. Have fewer readings signed in one record, or hand over the file itself.",
    ),
    Code.PLAIN_DATA_MISMATCH: (
        "The text that is shown beside the signed value (plain_data) says something else than what was signed.",
        "Do not show or bill it. Have the sender fill plain_data from the signed record itself.",
    ),
    Code.PLAIN_DATA_UNCHECKED: (
        "The text that is shown beside the signed value (plain_data) could not be compared with what was signed.",
        "Show drivers the signed record instead of this text.",
    ),
    Code.ENVELOPE_CONTRADICTS: (
        "The record is signed, but what stands around it, unsigned, says otherwise: time, meter, contract or value.",
        "Treat the file as forged. Fetch it again from the charge point's operator; only what was signed counts.",
    ),
    Code.XML_NAMESPACE: (
        "The XML uses a namespace that the official transparency software does not read.",
        "Export the file without a namespace before handing it to drivers.",
    ),
    Code.XML_WITHOUT_CONTAINER: (
        "The record lies in the file by itself, without the container that the official tool opens.",
        "Convert it with `meter-sign convert --to transparency-xml` before it goes to a driver.",
    ),
}

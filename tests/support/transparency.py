"""What the official schema of transparency XML demands, in our own words, and a reader that shares nothing with ours.

Facts of values.xsd: no namespace; `values` holds any number of `value`; `value` holds at most one publicKey, then at
most one signedData, and has context (text) and transactionId (integer); both children are text with an encoding, and
signedData has a format.
"""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass

from lxml import etree

_SCHEMA = """
<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema">
  <s:element name="values">
    <s:complexType><s:sequence>
      <s:element name="value" minOccurs="0" maxOccurs="unbounded">
        <s:complexType>
          <s:sequence>
            <s:element name="publicKey" minOccurs="0" type="encoded"/>
            <s:element name="signedData" minOccurs="0">
              <s:complexType><s:simpleContent>
                <s:extension base="encoded"><s:attribute name="format" type="s:string"/></s:extension>
              </s:simpleContent></s:complexType>
            </s:element>
          </s:sequence>
          <s:attribute name="context" type="s:string"/>
          <s:attribute name="transactionId" type="s:integer"/>
        </s:complexType>
      </s:element>
    </s:sequence></s:complexType>
  </s:element>
  <s:complexType name="encoded"><s:simpleContent>
    <s:extension base="s:string"><s:attribute name="encoding" type="s:string"/></s:extension>
  </s:simpleContent></s:complexType>
</s:schema>
"""
SCHEMA = etree.XMLSchema(etree.fromstring(_SCHEMA))
#: Names that the official tool has for formats and encodings.
FORMATS = {"OCMF", "PCDF", "ISA_EDL_40_P", "ALFEN", "EDL_40_P", "EDL_40_SIG", "EDL_40_MENNEKES"}
ENCODINGS = {"plain", "base64", "base32", "hex"}


@dataclass(frozen=True, slots=True)
class ReadValue:
    """One `value` as it stands in the file."""

    transaction_id: str | None
    context: str | None
    format: str | None
    encoding: str | None
    #: The text of signedData, its encoding taken off.
    record: bytes
    key_encoding: str | None
    key: bytes | None


def read_by_the_schema(document: bytes) -> list[ReadValue]:
    """Check a document against the schema, then read it with a plain XML parser.

    Raises:
        lxml.etree.DocumentInvalid: the document is not as the schema wants it.
    """
    root = etree.fromstring(document)
    SCHEMA.assertValid(root)
    return [_value(element) for element in root.iterfind("value")]


def _value(element: etree._Element) -> ReadValue:
    signed, key = element.find("signedData"), element.find("publicKey")
    assert signed is not None
    encoding = signed.get("encoding")
    assert encoding in ENCODINGS
    assert signed.get("format") in FORMATS
    text = signed.text or ""
    return ReadValue(
        transaction_id=element.get("transactionId"),
        context=element.get("context"),
        format=signed.get("format"),
        encoding=encoding,
        record=b64decode(text) if encoding == "base64" else text.encode(),
        key_encoding=None if key is None else key.get("encoding"),
        key=None if key is None else bytes.fromhex(key.text or ""),
    )

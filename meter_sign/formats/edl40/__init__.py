"""The EDL40 family: four formats of records that all sign a block of 320 bytes.

    edl_40_p.py     SML of EDL40 meters, one reading a record          sml_fields.py   fields of an SML list
    edl_40_sig.py   XML that holds a block as it is, one reading       xml_fields.py   fields of an XML element
    mennekes.py     XML with the fields of two blocks, begin and end   block.py        the layouts of the blocks
    isa.py          SML of Isabellenhuette, begin and end together     words.py        what the signed numbers mean
    record.py       a record of EDL40 blocks in shared types

Source: formats.md 3.2.
"""

from meter_sign.formats.edl40 import edl_40_p, edl_40_sig, isa, mennekes

#: In the order in which the official tool tries them.
FORMATS = (isa.FORMAT, edl_40_p.FORMAT, edl_40_sig.FORMAT, mennekes.FORMAT)

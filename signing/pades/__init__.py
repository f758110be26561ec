"""PAdES baseline signatures (ETSI EN 319 142-1) by the deferred scheme: reserve, prepare, finish.

Every function takes the present document as a seekable file and returns only what is to be appended to it: the
base is never rewritten.
"""

from signing import hexadecimal
from signing.keys import Mechanism
from signing.pades.document import PdfFacts, inspect_pdf
from signing.pades.fields import FieldBox, field_states, reserve_fields
from signing.pades.mark import Mark
from signing.pades.signature import Prepared, finish, prepare

hexadecimal.install()

__all__ = [
    "FieldBox",
    "Mark",
    "Mechanism",
    "PdfFacts",
    "Prepared",
    "field_states",
    "finish",
    "inspect_pdf",
    "prepare",
    "reserve_fields",
]

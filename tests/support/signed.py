"""Short ways to sign a PDF with a key of the test PKI, and to ask the independent judges about it."""

from __future__ import annotations

import io
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
from asn1crypto import cms

from signing.pades import FieldBox, Mark, Prepared, finish, prepare, reserve_fields
from tests.support.pki import Pki
from tests.support.world import blank_pdf

MARK = Mark("Héloïse Lefèvre", "Maire", "le 24 novembre 2026 à 14 h 05 (heure de Paris)", "AC élus")
BOX = FieldBox("Signature-maire", -1, 300, 60, 212, 71)


def reserved(base: bytes | None = None, *boxes: FieldBox) -> bytes:
    """A PDF with empty fields."""
    base = blank_pdf() if base is None else base
    return base + reserve_fields(io.BytesIO(base), boxes or (BOX,))


def prepared_by(pki: Pki, label: str, document: bytes, *, field: str = BOX.name, mechanism: str = "") -> Prepared:
    """A reserved document, prepared for somebody."""
    return prepare(
        io.BytesIO(document),
        certificate=pki.der(label),
        chain=[pki.der("interm"), pki.der("root")],
        mechanism=mechanism or pki.mechanism(label),
        field=field,
        mark=MARK,
        at=datetime.now(UTC),
    )


def signed_by(
    pki: Pki, label: str, document: bytes | None = None, *, field: str = BOX.name, mechanism: str = ""
) -> bytes:
    """A document signed by somebody; ``document`` has its field already."""
    document = reserved() if document is None else document
    prepared = prepared_by(pki, label, document, field=field, mechanism=mechanism)
    signature = pki.sign(label, prepared.signed_attributes, mechanism)
    return document + finish(io.BytesIO(document), prepared, signature)


def pdfsig_says(document: bytes, folder: Path) -> str:
    """What poppler thinks of the signatures, certificates left aside."""
    path = folder / "judged.pdf"
    path.write_bytes(document)
    return subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout


def qpdf_accepts(document: bytes, folder: Path) -> bool:
    """Whether qpdf finds nothing wrong in the structure."""
    path = folder / "checked.pdf"
    path.write_bytes(document)
    return subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def openssl_says(document: bytes, root_pem: bytes, folder: Path, field: str = BOX.name) -> str:
    """Empty when openssl accepts the CMS of a field over the bytes of its range, with its chain; else its complaint."""
    with pikepdf.open(io.BytesIO(document)) as pdf:
        value = next(item["/V"] for item in pdf.Root["/AcroForm"]["/Fields"] if str(item["/T"]) == field)
        a, b, c, d = (int(number) for number in value["/ByteRange"])
        contents = cms.ContentInfo.load(bytes(value["/Contents"])).dump()
    (folder / "covered").write_bytes(document[a : a + b] + document[c : c + d])
    (folder / "cms.der").write_bytes(contents)
    (folder / "root.pem").write_bytes(root_pem)
    command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", folder / "cms.der"]
    command += ["-content", folder / "covered", "-binary", "-CAfile", folder / "root.pem", "-purpose", "any"]
    command += ["-out", "/dev/null"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if answer.returncode == 0 else answer.stderr

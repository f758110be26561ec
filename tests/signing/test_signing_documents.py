"""Every kind of PDF: those that are signed, those that are refused, and what is known of them beforehand."""

from __future__ import annotations

import asyncio
import io
import mmap
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.fields import MDPPerm
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing.certificates import TrustStore
from signing.errors import Code, SigningRefused
from signing.pades import FieldBox, PdfFacts, finish, inspect_pdf, prepare, reserve_fields
from signing.validation import Changes, Coverage, Indication, Report, RevocationMode, Verdict, validate
from tests.support.pki import Pki
from tests.support.signed import BOX, MARK, pdfsig_says, prepared_by, qpdf_accepts, reserved, signed_by
from tests.support.world import blank_pdf

SECOND = FieldBox("Signature-adjoint", 0, 60, 60, 212, 71)


def judged(pki: Pki, document: bytes) -> Report:
    trust = TrustStore.from_pem(pki.root_pem)
    return validate(io.BytesIO(document), trust=trust, at=datetime.now(UTC), revocation=RevocationMode.NONE)


def made(change: Callable[[pikepdf.Pdf], object] = lambda pdf: None, **options: object) -> bytes:
    pdf, output = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    change(pdf)
    pdf.save(output, **options)  # type: ignore[arg-type]
    return output.getvalue()


def form_with_a_text_field(pdf: pikepdf.Pdf) -> None:
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T="Objet",
            V="Budget",
            Rect=[10, 10, 100, 30],
            P=pdf.pages[0].obj,
        )
    )
    pdf.pages[0].Annots = pikepdf.Array([field])
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([field]))


def many_objects(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Many = pikepdf.Array([pdf.make_indirect(pikepdf.Dictionary(N=number)) for number in range(5000)])
    for _ in range(300):
        pdf.add_blank_page()


@pytest.mark.parametrize(
    "base",
    [
        made(linearize=True),
        made(object_stream_mode=pikepdf.ObjectStreamMode.generate),
        made(encryption=pikepdf.Encryption(owner="o", user="", R=6)),
        made(encryption=pikepdf.Encryption(owner="o", user="", R=4)),
        made(encryption=pikepdf.Encryption(owner="o", user="", R=6, allow=pikepdf.Permissions(modify_other=False))),
        made(form_with_a_text_field),
        made(many_objects, object_stream_mode=pikepdf.ObjectStreamMode.generate),
        made(min_version="2.0"),
        made() + b"\n\n",
    ],
    ids=[
        "linearized", "object streams", "AES-256", "AES-128", "modification not permitted", "form",
        "many objects", "PDF 2.0", "blank lines at the end",
    ],
)  # fmt: skip
def test_strange_but_legal_files_carry_two_signatures(pki: Pki, base: bytes, tmp_path: Path) -> None:
    document = signed_by(pki, "maire", reserved(base, BOX, SECOND))
    document = signed_by(pki, "dgs", document, field=SECOND.name)
    report = judged(pki, document)
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * 2
    assert [item.coverage for item in report.signatures] == [Coverage.REVISION, Coverage.FILE]
    assert [item.index for item in report.signatures] == [0, 1]
    assert pdfsig_says(document, tmp_path).count("Signature is Valid") == 2
    assert qpdf_accepts(document, tmp_path)
    assert document.startswith(base)


def test_a_document_may_be_a_file_or_a_memory_map(pki: Pki, tmp_path: Path) -> None:
    path = tmp_path / "large.pdf"
    path.write_bytes(reserved(made(lambda pdf: pdf.pages[0].obj.update({"/Big": pdf.make_stream(bytes(3_000_000))}))))
    arguments = {
        "certificate": pki.der("dgs"),
        "chain": [pki.der("interm")],
        "mechanism": "ecdsa",
        "field": BOX.name,
        "mark": MARK,
        "at": datetime.now(UTC),
    }
    with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        for source in (opened, mapped):
            prepared = prepare(source, **arguments)  # type: ignore[arg-type]
            tail = finish(source, prepared, pki.sign("dgs", prepared.signed_attributes))  # type: ignore[arg-type]
            assert judged(pki, path.read_bytes() + tail).verdict is Verdict.VALID


def test_a_field_may_be_added_after_a_signature(pki: Pki) -> None:
    document = reserved(signed_by(pki, "maire"), SECOND)
    document = signed_by(pki, "adjoint", document, field=SECOND.name)
    report = judged(pki, document)
    assert report.verdict is Verdict.VALID
    assert [item.changes for item in report.signatures] == [Changes.ALLOWED, Changes.NONE]


def certified(pki: Pki, permission: MDPPerm) -> bytes:
    """A document certified by its author, with a seal of the test PKI."""
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    registry = SimpleCertificateStore()
    registry.register(x509.Certificate.load(pki.der("interm")))
    private = pki.private["local"].private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(x509.Certificate.load(pki.der("local")), keys.PrivateKeyInfo.load(private), registry)
    metadata = PdfSignatureMetadata(
        field_name="Auteur", certify=True, docmdp_permissions=permission, md_algorithm="sha256"
    )
    output = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(blank_pdf()))
    asyncio.run(PdfSigner(metadata, signer).async_sign_pdf(writer, output=output))
    return output.getvalue()


@pytest.mark.parametrize("permission", [MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE])
def test_a_certified_document_stays_certified(pki: Pki, permission: MDPPerm) -> None:
    base = certified(pki, permission)
    assert inspect_pdf(io.BytesIO(base)).certification == permission.value
    document = signed_by(pki, "maire", reserved(base))
    report = judged(pki, document)
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * 2


def refusal(action: Callable[[], object]) -> SigningRefused:
    with pytest.raises(SigningRefused) as caught:
        action()
    assert str(caught.value).endswith(".")
    return caught.value


def test_a_document_certified_against_any_change_is_refused(pki: Pki) -> None:
    base = certified(pki, MDPPerm.NO_CHANGES)
    assert refusal(lambda: reserved(base)).code is Code.CERTIFIED


def with_xfa(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([]), XFA=pdf.make_stream(b"<xdp/>"))


@pytest.mark.parametrize(
    ("base", "code"),
    [
        (made(with_xfa), Code.XFA),
        (made(encryption=pikepdf.Encryption(owner="o", user="secret", R=6)), Code.PASSWORD_NEEDED),
        (b"", Code.NOT_A_PDF),
        (b"bonjour", Code.NOT_A_PDF),
        (b"PK\x03\x04" + bytes(2000), Code.NOT_A_PDF),
        (b"%PDF-1.7\n%%EOF\n", Code.NOT_A_PDF),
        (blank_pdf()[:300], Code.NOT_A_PDF),
        (made().replace(b"/Root", b"/Toor"), Code.NOT_A_PDF),
    ],
    ids=["XFA", "password", "empty", "text", "zip", "nothing inside", "truncated", "no root"],
)
def test_what_cannot_be_signed_is_refused_with_its_reason(base: bytes, code: Code) -> None:
    assert refusal(lambda: reserved(base)).code is code


def test_a_page_that_does_not_exist_is_refused() -> None:
    for number in (1, 7, -2):
        box = FieldBox("S", number, 10, 10, 200, 70)
        assert refusal(lambda b=box: reserve_fields(io.BytesIO(blank_pdf()), [b])).code is Code.PAGE_MISSING


def test_a_field_of_another_kind_with_the_same_name_is_refused(pki: Pki) -> None:
    base = made(form_with_a_text_field)
    assert refusal(lambda: reserved(base, FieldBox("Objet", 0, 10, 10, 200, 70))).code is Code.NOT_A_PDF


def test_fields_are_reserved_once() -> None:
    document = reserved()
    assert reserve_fields(io.BytesIO(document), [BOX]) == b""


def test_a_page_tree_that_is_a_ring_is_refused() -> None:
    ring = made().replace(b"/Kids [ 3 0 R ]", b"/Kids [ 2 0 R ]")
    assert ring != made()
    assert refusal(lambda: reserved(ring)).code is Code.NOT_A_PDF


def test_what_is_known_before_signing(pki: Pki) -> None:
    assert inspect_pdf(io.BytesIO(blank_pdf())) == PdfFacts((), None, False, False, False)
    document = signed_by(pki, "maire", reserved(None, BOX, SECOND))
    assert inspect_pdf(io.BytesIO(document)).fields == ((BOX.name, True), (SECOND.name, False))
    locked = made(encryption=pikepdf.Encryption(owner="o", user="secret", R=6))
    assert inspect_pdf(io.BytesIO(locked)).password_needed
    opened = inspect_pdf(io.BytesIO(made(encryption=pikepdf.Encryption(owner="o", user="", R=6))))
    assert (opened.encrypted, opened.password_needed) == (True, False)
    assert inspect_pdf(io.BytesIO(made(with_xfa))).xfa
    assert refusal(lambda: inspect_pdf(io.BytesIO(b"bonjour"))).code is Code.NOT_A_PDF


def test_a_certificate_that_cannot_be_read_is_refused(pki: Pki) -> None:
    class Broken(Pki):
        def der(self, label: str) -> bytes:
            return super().der(label)[:100]

    broken = Broken(pki.architecture, pki.private, pki.url)
    assert refusal(lambda: prepared_by(broken, "maire", reserved())).code is Code.CERTIFICATE_UNREADABLE

"""PAdES by the deferred scheme: independent tools accept what we sign, and every tampering is caught."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from pypdfium2 import PdfDocument

from signing.certificates import TrustStore
from signing.errors import Code, SigningRefused
from signing.pades import FieldBox, Mark, Prepared, finish, prepare, reserve_fields
from signing.validation import Changes, Indication, Verdict, validate
from tests.support.world import authority, blank_pdf

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)
MARK = Mark("Héloïse Lefèvre", "Maire", "le 24 novembre 2026 à 14 h 05", "AC de démonstration – Signature des élus")
BOX = FieldBox("Signature-maire", -1, 300, 60, 212, 71)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def trust() -> TrustStore:
    return TrustStore.from_pem(authority().root_pem.read_bytes())


def reserved(base: bytes, *boxes: FieldBox) -> bytes:
    return base + reserve_fields(io.BytesIO(base), boxes or (BOX,))


def raw_signature(key: Key, prepared: Prepared) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(prepared.signed_attributes, ec.ECDSA(hashes.SHA256()))
    if prepared.mechanism == "rsa-pss":
        return key.sign(prepared.signed_attributes, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())
    return key.sign(prepared.signed_attributes, padding.PKCS1v15(), hashes.SHA256())


def identity(who: str = "maire") -> tuple[rsa.RSAPrivateKey, bytes, tuple[bytes, ...]]:
    from parapheur.demo.seed import load_key

    key = load_key(authority().p12[who])
    return key.private, key.holder.certificate, key.holder.chain


def prepared_for(
    document: bytes, *, field: str = BOX.name, mechanism: str = "rsa-pkcs1", who: str = "maire"
) -> Prepared:
    _, certificate, chain = identity(who)
    return prepare(
        io.BytesIO(document),
        certificate=certificate,
        chain=chain,
        mechanism=mechanism,
        field=field,
        mark=MARK,
        at=NOW,
    )


def signed(base: bytes | None = None, *, mechanism: str = "rsa-pkcs1") -> bytes:
    document = reserved(base or blank_pdf())
    prepared = Prepared.from_dict((made := prepared_for(document, mechanism=mechanism)).to_dict(), tail=made.tail)
    return document + finish(io.BytesIO(document), prepared, raw_signature(identity()[0], prepared))


def verdict(document: bytes, at: datetime | None = None) -> Verdict:
    return validate(io.BytesIO(document), trust=trust(), at=at or datetime.now(UTC)).verdict


@pytest.mark.parametrize("mechanism", ["rsa-pkcs1", "rsa-pss"])
def test_pdfsig_and_openssl_and_qpdf_accept_the_signature(mechanism: str, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    path.write_bytes(signed(mechanism=mechanism))
    pdfsig = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)
    assert "Signature is Valid" in pdfsig.stdout
    assert "Total document signed" in pdfsig.stdout
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0
    _openssl_accepts(path, tmp_path)


def _openssl_accepts(path: Path, folder: Path) -> None:
    """Take the CMS and the bytes it covers out of the file by its ByteRange, and give both to openssl."""
    data = path.read_bytes()
    with pikepdf.open(path) as pdf:
        value = next(field["/V"] for field in pdf.Root["/AcroForm"]["/Fields"] if "/V" in field)
        a, b, c, d = (int(number) for number in value["/ByteRange"])
        contents = cms.ContentInfo.load(bytes(value["/Contents"])).dump()
    (folder / "covered").write_bytes(data[a : a + b] + data[c : c + d])
    (folder / "cms.der").write_bytes(contents)
    command = ["openssl", "cms", "-verify", "-cades", "-inform", "DER", "-in", folder / "cms.der", "-content"]
    command += [folder / "covered", "-binary", "-CAfile", authority().root_pem, "-purpose", "any", "-out", "/dev/null"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


def test_a_changed_byte_is_caught_by_us_and_by_pdfsig(tmp_path: Path) -> None:
    document = bytearray(signed())
    at = document.rindex(b"/Type /Page\n") if b"/Type /Page\n" in document else document.index(b"/MediaBox")
    document[at + 10] ^= 1
    path = tmp_path / "changed.pdf"
    path.write_bytes(document)
    pdfsig = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False)
    assert "Signature is Valid" not in pdfsig.stdout
    assert verdict(bytes(document)) is not Verdict.VALID


def test_every_region_of_the_signed_file_is_covered() -> None:
    document = signed()
    start = document.rindex(b"/Contents <") + len(b"/Contents <")
    end = document.index(b">", start)
    step = max(1, len(document) // 60)
    for at in [*range(0, start, step), *range(end + 2, len(document) - 2, step)]:
        changed = bytearray(document)
        changed[at] ^= 0x01
        assert verdict(bytes(changed)) is not Verdict.VALID, at


def test_text_added_after_the_signature_fails_it() -> None:
    with pikepdf.open(io.BytesIO(signed())) as pdf:
        pdf.pages[0].contents_add(b"BT (ajout) Tj ET")
        output = io.BytesIO()
        pdf.save(output)
    assert verdict(output.getvalue()) is Verdict.NOT_VALID


def test_text_added_by_an_incremental_update_fails_the_signature() -> None:
    from pyhanko.pdf_utils.generic import StreamObject
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(signed()))
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    report = validate(io.BytesIO(output.getvalue()), trust=trust(), at=datetime.now(UTC))
    assert report.verdict is Verdict.NOT_VALID
    assert report.signatures[0].changes is Changes.FORBIDDEN
    assert "modifié après la signature" in report.signatures[0].summary


def test_two_signatories_one_after_the_other_are_both_valid() -> None:
    second = FieldBox("Signature-adjoint", -1, 60, 60, 212, 71)
    document = reserved(blank_pdf(), BOX, second)
    for field, who in ((BOX.name, "maire"), (second.name, "adjoint")):
        prepared = prepared_for(document, field=field, who=who)
        document += finish(io.BytesIO(document), prepared, raw_signature(identity(who)[0], prepared))
    report = validate(io.BytesIO(document), trust=trust(), at=datetime.now(UTC))
    assert [item.indication for item in report.signatures] == [Indication.TOTAL_PASSED] * 2
    assert [item.changes for item in report.signatures] == [Changes.ALLOWED, Changes.NONE]


def refused(action: Callable[[], object]) -> Code:
    with pytest.raises(SigningRefused) as caught:
        action()
    assert caught.value.sentence.endswith((".", "!"))
    return caught.value.code


def test_what_is_not_the_prepared_signature_is_refused() -> None:
    document = reserved(blank_pdf())
    prepared, other = prepared_for(document), prepared_for(reserved(blank_pdf(2)))
    good, key = raw_signature(identity()[0], prepared), identity("adjoint")[0]
    cases: dict[str, tuple[bytes, bytes, Code]] = {
        "another key": (document, raw_signature(key, prepared), Code.SIG_CRYPTO_FAILURE),
        "another document's blob": (document, raw_signature(identity()[0], other), Code.SIG_CRYPTO_FAILURE),
        "nothing": (document, b"", Code.SIG_CRYPTO_FAILURE),
        "a changed base": (document.replace(b"%PDF-1.", b"%PDF-2.", 1), good, Code.DOCUMENT_CHANGED),
    }
    for name, (base, signature, code) in cases.items():
        assert refused(lambda b=base, s=signature: finish(io.BytesIO(b), prepared, s)) is code, name


def test_a_place_already_signed_or_missing_is_refused() -> None:
    assert refused(lambda: prepared_for(signed())) is Code.FIELD_SIGNED
    assert refused(lambda: prepared_for(blank_pdf())) is Code.FIELD_MISSING


def test_a_mechanism_that_is_not_the_key_s_is_refused() -> None:
    assert refused(lambda: prepared_for(reserved(blank_pdf()), mechanism="ecdsa")) is Code.MECHANISM


def test_the_mark_says_who_in_what_quality_and_when() -> None:
    with PdfDocument(signed()) as pdf:
        pdf.init_forms()
        page = pdf[0]
        image = page.render(scale=1, may_draw_forms=True).to_pil().convert("L")
        page.close()
    inside = image.crop((300, 792 - 131, 512, 792 - 60))
    outside = image.crop((0, 0, 612, 600))
    assert min(inside.tobytes()) < 120
    assert min(outside.tobytes()) == 255

"""What may be laid over a signed page without touching what was signed: the answer must not say that nothing changed.

The attacks are those of « Shadow Attacks » (Mainka, Mladenov, Rohlmann, NDSS 2021): a form filled, a place shown.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject, StreamObject, TextStringObject
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from signing.certificates import TrustStore
from signing.validation import Changes, Report, RevocationMode, Verdict, validate
from tests.support.pki import Pki
from tests.support.signed import BOX, reserved, signed_by


def judged(pki: Pki, document: bytes) -> Report:
    trust = TrustStore.from_pem(pki.root_pem)
    return validate(io.BytesIO(document), trust=trust, at=datetime.now(UTC), revocation=RevocationMode.NONE)


def with_a_form() -> bytes:
    """A page whose amount is a field of a form."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    field = pdf.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Widget,
            FT=pikepdf.Name.Tx,
            T=pikepdf.String("montant"),
            V=pikepdf.String("100 euros"),
            Rect=[50, 600, 250, 630],
            P=pdf.pages[0].obj,
            F=4,
        )
    )
    pdf.pages[0].obj.Annots = pdf.make_indirect(pikepdf.Array([field]))
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=pikepdf.Array([field])))
    made = io.BytesIO()
    pdf.save(made)
    return made.getvalue()


def picture(writer: IncrementalPdfFileWriter, width: int, height: int) -> DictionaryObject:
    """An opaque appearance."""
    stream = StreamObject(stream_data=b"1 1 1 rg 0 0 %d %d re f" % (width, height))
    stream[name("/Type")], stream[name("/Subtype")] = name("/XObject"), name("/Form")
    stream[name("/BBox")] = ArrayObject(map(NumberObject, (0, 0, width, height)))
    return DictionaryObject({name("/N"): writer.add_object(stream)})


def field(writer: IncrementalPdfFileWriter, wanted: str) -> Any:
    fields = (reference.get_object() for reference in writer.root["/AcroForm"]["/Fields"])
    return next(item for item in fields if item["/T"] == wanted)


def revised(writer: IncrementalPdfFileWriter) -> bytes:
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def filled(document: bytes) -> bytes:
    """The same with another amount."""
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    amount = field(writer, "montant")
    amount["/V"], amount["/AP"] = TextStringObject("999 000 euros"), picture(writer, 200, 30)
    writer.update_container(amount)
    return revised(writer)


def shown(document: bytes) -> bytes:
    """The same with an empty place for a signature that hides the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(document))
    append_signature_field(writer, SigFieldSpec("Extra", on_page=0, box=(0, 0, 595, 842)))
    field(writer, "Extra")["/AP"] = picture(writer, 595, 842)
    return revised(writer)


@pytest.mark.parametrize("change", [filled, shown])
def test_another_text_laid_over_a_signed_page_is_a_change(pki: Pki, change: Any) -> None:
    signed = signed_by(pki, "maire", reserved(with_a_form()))
    assert judged(pki, signed).verdict is Verdict.VALID
    report = judged(pki, change(signed))
    assert report.verdict is Verdict.NOT_VALID
    [signature] = report.signatures
    assert signature.intact
    assert signature.changes is Changes.FORBIDDEN
    assert signature.summary.endswith("Le document a été modifié après la signature.")


def test_a_place_that_shows_nothing_may_be_added(pki: Pki) -> None:
    signed = signed_by(pki, "maire")
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    append_signature_field(writer, SigFieldSpec("Extra", on_page=0, box=(0, 0, 0, 0)))
    report = judged(pki, revised(writer))
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].changes is Changes.ALLOWED


@pytest.mark.parametrize(("permission", "verdict"), [(2, Verdict.VALID), (None, Verdict.NOT_VALID)])
def test_a_form_is_filled_only_where_its_author_allows_it(pki: Pki, permission: int | None, verdict: Verdict) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(reserved(with_a_form())))
    if permission is not None:  # a Lock dictionary says so too (ISO 32000-2 table 236)
        place = field(writer, BOX.name)
        lock = {"/Type": name("/SigFieldLock"), "/Action": name("/Include"), "/P": NumberObject(permission)}
        lock["/Fields"] = ArrayObject()
        place["/Lock"] = DictionaryObject({name(key): value for key, value in lock.items()})
        writer.update_container(place)
        document = revised(writer)
    else:
        document = reserved(with_a_form())
    report = judged(pki, filled(signed_by(pki, "maire", document)))
    assert report.verdict is verdict
    said = report.signatures[0].summary
    assert said.endswith("Un formulaire a été rempli depuis.") == (verdict is Verdict.VALID)

"""What anybody may upload: always a typed answer, in bounded time and memory."""

from __future__ import annotations

import io
import resource
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pytest

from engine.papers.pdf import Box, PaperFacts
from engine.papers.sandbox import ChildFailed, Limits, run_in_child
from engine.refusals import Refused
from tests.support.world import blank_pdf


def inspect(content: bytes, folder: Path) -> PaperFacts:
    path = folder / "upload"
    path.write_bytes(content)
    facts: PaperFacts = run_in_child("engine.papers.pdf.inspect_upload", path)
    return facts


def code_of(content: bytes, folder: Path) -> str:
    with pytest.raises(Refused) as caught:
        inspect(content, folder)
    assert (
        "Rien n’a été" in str(caught.value)
        or "ne peut pas être signé" in str(caught.value)
        or "imprimez" in str(caught.value)
    )
    return caught.value.refusal.code


def saved(pdf: pikepdf.Pdf, **options: object) -> bytes:
    output = io.BytesIO()
    pdf.save(output, **options)  # type: ignore[arg-type]
    return output.getvalue()


def with_form(**entries: object) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=pikepdf.Array([]), **entries))
    return saved(pdf)


def certified() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    reference = pikepdf.Dictionary(TransformMethod=pikepdf.Name.DocMDP, TransformParams=pikepdf.Dictionary(P=1))
    signature = pikepdf.Dictionary(Type=pikepdf.Name.Sig, Reference=pikepdf.Array([reference]))
    field = pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T="auteur", V=pdf.make_indirect(signature)))
    pdf.Root.AcroForm = pdf.make_indirect(pikepdf.Dictionary(Fields=pikepdf.Array([field])))
    return saved(pdf)


def zipped() -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("a", "b")
    return output.getvalue()


def locked() -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    return saved(pdf, encryption=pikepdf.Encryption(owner="o", user="secret", R=6))


def test_a_plain_pdf_is_accepted(tmp_path: Path) -> None:
    assert inspect(blank_pdf(3), tmp_path) == PaperFacts("application/pdf", 3, 0)


def test_a_pdf_encrypted_without_password_is_accepted(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page()
    assert inspect(saved(pdf, encryption=pikepdf.Encryption(owner="o", user="", R=6)), tmp_path).pages == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"bonjour", "not_a_pdf"),
        (zipped(), "not_a_pdf"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 100, "not_a_pdf"),
        (locked(), "password"),
        (with_form(XFA=pikepdf.String("x")), "xfa"),
        (certified(), "certified"),
        (saved(pikepdf.new()), "damaged"),
        (blank_pdf(2_001), "too_many_pages"),
    ],
    ids=["empty", "text", "zip", "png", "password", "xfa", "certified", "no page", "pages"],
)
def test_what_cannot_be_signed_is_refused_with_its_reason(content: bytes, code: str, tmp_path: Path) -> None:
    assert code_of(content, tmp_path) == code


@pytest.mark.parametrize("tenth", range(1, 10))
def test_a_truncated_pdf_is_refused(tenth: int, tmp_path: Path) -> None:
    whole = blank_pdf(4)
    assert code_of(whole[: len(whole) * tenth // 10], tmp_path) == "damaged"


def many_zeros(millions: int) -> bytes:
    """So many millions of zeros, deflated; only the checksum at the end is wrong, when the harm is done."""
    squeeze = zlib.compressobj()
    first, again = (squeeze.compress(b"0" * 1_000_000) + squeeze.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * (millions - 1) + squeeze.flush()


def bomb() -> bytes:
    """A content stream of 1 GB in some kilobytes, twice deflated."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    stream = pikepdf.Stream(pdf, zlib.compress(many_zeros(1_000)))
    stream.Filter = pikepdf.Array([pikepdf.Name.FlateDecode, pikepdf.Name.FlateDecode])
    pdf.pages[0].Contents = pdf.make_indirect(stream)
    return saved(pdf, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)


@pytest.mark.parametrize(("function", "more"), [("inspect_upload", ()), ("render_page", (0, 500))])
def test_a_bomb_takes_neither_the_server_s_memory_nor_its_time(
    function: str, more: tuple[int, ...], tmp_path: Path
) -> None:
    path = tmp_path / "bomb.pdf"
    path.write_bytes(bomb())
    assert path.stat().st_size < 100_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    code = "read"
    try:
        run_in_child(f"engine.papers.pdf.{function}", path, *more, limits=Limits(seconds=5, memory=900_000_000))
    except Refused as refused:
        code = refused.refusal.code
    # A parser may well skip the stream, or be stopped; what it may not do is to take us along.
    assert code in {"read", "too_slow", "too_big", "unreadable", "damaged"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


@pytest.mark.parametrize(
    ("function", "arguments", "code"),
    [
        ("time.sleep", (30,), "too_slow"),
        ("builtins.bytearray", (3_000_000_000,), "too_big"),
        ("os.abort", (), "unreadable"),
        ("os.getpid_", (), "unreadable"),
        ("pathlib.Path", ("/etc/passwd",), "unreadable"),
    ],
)
def test_a_child_that_misbehaves_is_a_refusal(function: str, arguments: tuple[object, ...], code: str) -> None:
    with pytest.raises(ChildFailed) as caught:
        run_in_child(function, *arguments, limits=Limits(seconds=1.0))
    assert caught.value.refusal.code == code


def test_a_child_that_begins_to_answer_and_stops_is_not_waited_for() -> None:
    with pytest.raises(ChildFailed) as caught:
        run_in_child("tests.papers.children.begin_and_stop", limits=Limits(seconds=1.0))
    assert caught.value.refusal.code == "too_slow"


def test_a_child_that_never_ends_to_answer_is_stopped() -> None:
    with pytest.raises(ChildFailed) as caught:
        run_in_child("builtins.bytes", 5_000_000, limits=Limits(answer=1_000_000))
    assert caught.value.refusal.code == "unreadable"
    assert len(run_in_child("builtins.bytes", 5_000_000)) == 5_000_000


def test_a_child_has_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_SMTP_PASSWORD", "secret")
    assert run_in_child("tests.papers.children.secrets_seen") is False


def test_a_mark_is_placed_where_the_page_is_blank(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.Contents = pdf.make_stream(b"0 g 0 0 595 400 re f")
    path = tmp_path / "page.pdf"
    pdf.save(path)
    first: Box = run_in_child("engine.papers.pdf.free_box", path, -1, 200.0, 70.0)
    second: Box = run_in_child("engine.papers.pdf.free_box", path, -1, 200.0, 70.0, taken=(first,))
    assert first.y >= 400
    assert first.x + first.width <= 595
    assert second.y >= 400
    assert second.x + second.width <= first.x or second.y >= first.y + first.height


def test_a_full_page_gets_the_mark_in_its_corner(tmp_path: Path) -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    page.Contents = pdf.make_stream(b"0 g 0 0 595 842 re f")
    path = tmp_path / "full.pdf"
    pdf.save(path)
    box: Box = run_in_child("engine.papers.pdf.free_box", path, 0, 200.0, 70.0)
    assert (box.x + box.width, box.y) == (567, 28)

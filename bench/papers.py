"""Documents of a given size: a paper of the demonstration, and a scanned annex that makes up the weight."""

from __future__ import annotations

import io
import os

import pikepdf

from parapheur.demo.papers import DEMO_PAPERS, deed_pdf

#: Width of a scanned page in pixels; its height follows from the weight wanted.
_WIDTH = 1_000


def paper(size: int) -> bytes:
    """A PDF of about ``size`` bytes, different at each call."""
    text = deed_pdf(DEMO_PAPERS[0])
    with pikepdf.open(io.BytesIO(text)) as pdf:
        pdf.pages.append(_scan(pdf, max(_WIDTH, size - len(text))))
        pdf.pages.append(pdf.pages[0])  # the marks go on the last page, which has room for them
        output = io.BytesIO()
        pdf.save(output, compress_streams=False)
        return output.getvalue()


def _scan(pdf: pikepdf.Pdf, weight: int) -> pikepdf.Page:
    """A page that is one grey image of noise, which nothing compresses."""
    height = max(1, weight // _WIDTH)
    image = pikepdf.Stream(
        pdf,
        os.urandom(_WIDTH * height),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=_WIDTH,
        Height=height,
        ColorSpace=pikepdf.Name.DeviceGray,
        BitsPerComponent=8,
    )
    return pikepdf.Page(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, 595, 842],
            Resources=pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=image)),
            Contents=pikepdf.Stream(pdf, b"q 595 0 0 842 0 0 cm /Scan Do Q"),
        )
    )

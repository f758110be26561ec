"""A délibération as a town hall makes it: typed in an office suite, exported as PDF."""

from __future__ import annotations

import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

TITLE = "Dénomination de la place du Marché-aux-Herbes"
_COUNCIL = (
    "L’an deux mille vingt-six, le dix-sept novembre, à vingt heures trente, le conseil municipal de la commune de"
    " Saint-Aubin-des-Grèves, légalement convoqué, s’est réuni à la mairie en séance publique, sous la présidence de"
    " Madame Héloïse LEFÈVRE, maire."
)
_LINES = (
    "Vu le code général des collectivités territoriales, notamment son article L. 2121-29 ;",
    "Considérant que la place réaménagée devant l’ancienne halle n’a pas encore de nom ;",
    "Après en avoir délibéré, le conseil municipal DÉCIDE :",
    "Article 1. La place est nommée « place du Marché-aux-Herbes ».",
    "Article 2. Le maire est chargé de l’exécution de la présente délibération.",
)
_VOTES = (("Pour", "16"), ("Contre", "2"), ("Abstention", "1"))
_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
  xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
  xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
  office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
 <office:body><office:text>
  <text:h text:outline-level="1">{title}</text:h>
  {paragraphs}
  <table:table table:name="Vote"><table:table-column table:number-columns-repeated="2"/>{rows}</table:table>
  <text:p>Fait et délibéré les jour, mois et an susdits.</text:p>
 </office:text></office:body>
</office:document>
"""


def write_deliberation(folder: Path) -> Path:
    """Type it as a flat OpenDocument text, export it with LibreOffice; the path of the PDF."""
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>".format
    document = _DOCUMENT.format(
        title=escape(TITLE),
        paragraphs="".join(f"<text:p>{escape(line)}</text:p>" for line in (_COUNCIL, *_LINES)),
        rows="".join(f"<table:table-row>{cell(a)}{cell(b)}</table:table-row>" for a, b in _VOTES),
    )
    source = folder / "Délibération 2026-048.fodt"
    source.write_text(document)
    command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    done = subprocess.run(
        [*command, "--convert-to", "pdf", "--outdir", str(folder), str(source)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    pdf = source.with_suffix(".pdf")
    assert pdf.is_file(), done.stdout + done.stderr
    return pdf

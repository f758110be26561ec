"""Reading foreign XML without danger, and the names of BPMN."""

from __future__ import annotations

import re

from lxml import etree

from engine.circuits.values import CircuitRefused, Finding, Level

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
#: Namespace of our own attributes; documented in docs/circuits.md.
OURS = "urn:parapheur:bpmn:1"
#: Largest drawing, in bytes.
MAX_BYTES = 2_000_000
#: Most elements of any namespace in a file, the drawing of shapes included.
MAX_ELEMENTS = 30_000
#: Deepest element: the readers of drawings follow sub-processes by recursion.
MAX_DEPTH = 60
#: Longest attribute, in characters: sentences quote names.
MAX_ATTRIBUTE = 20_000

#: Byte order marks, and what they announce; ``utf-8`` is what XML takes without one.
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
#: What modellers write. Others, UTF-7 first, let a file say to one reader what another does not see.
_ENCODINGS = frozenset({*_MARKS.values(), "utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15"}) | {
    "windows-1252"
}
#: Where the XML declaration is, in bytes or characters.
_HEAD = 500
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_COUNT = etree.XPath("count(//*)")
_DEEP = etree.XPath("/*" * (MAX_DEPTH + 1))
_LONG = etree.XPath(f"//@*[string-length() > {MAX_ATTRIBUTE}]")


def tag(name: str) -> str:
    """``{namespace}name`` of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def ours(element: etree._Element, name: str, default: str = "") -> str:
    """One of our own attributes on an element."""
    return str(element.get(f"{{{OURS}}}{name}", default)).strip()


def flag(element: etree._Element, name: str, *, default: bool = False) -> bool:
    """A boolean attribute: ``true`` or ``1``, ``false`` or ``0`` (XML Schema part 2, §3.2.2)."""
    written = str(element.get(name, "")).strip()
    return written in {"true", "1"} if written else default


def read_xml(data: bytes) -> etree._Element:
    """The root of a drawing. Raises :class:`CircuitRefused` for what is too big, no XML, or holds a DOCTYPE."""
    root = parse(data)
    if root.tag != tag("definitions"):
        raise _refused("Ce fichier n’est pas un dessin BPMN 2.0.", "Exportez le circuit au format BPMN 2.0 XML.")
    check_values(root)
    return root


def parse(data: bytes) -> etree._Element:
    """The root of any XML file, within our limits: nothing is expanded, fetched or run.

    The text is decoded here, by a short list of encodings, so that no exotic one can hide what is looked for. Raises
    :class:`CircuitRefused`.
    """
    if len(data) > MAX_BYTES:
        raise _refused("Ce fichier dépasse 2 Mo.", "Allégez le dessin ou séparez-le en plusieurs circuits.")
    if data.startswith(b"PK\x03\x04"):
        raise _refused(
            "Ce fichier est une archive (ZIP), comme les documents Visio ou Bizagi, et non un dessin BPMN.",
            "Dans le logiciel de dessin, exportez le circuit au format BPMN 2.0 XML.",
        )
    text = _decoded(data)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _refused("Ce fichier contient une déclaration DOCTYPE, qui n’est pas acceptée.", "Retirez-la.")
    if text.count("<") > 3 * MAX_ELEMENTS:  # reading them all to count them would take half a second
        raise _too_many()
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_pis=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        if "depth" in str(error):
            raise _too_deep() from None
        raise _refused(
            f"Ce fichier n’est pas du XML lisible (ligne {error.lineno}).", "Exportez-le à nouveau."
        ) from None
    if int(float(str(_COUNT(root)))) > MAX_ELEMENTS:
        raise _too_many()
    if _DEEP(root):
        raise _too_deep()
    return root


def check_values(root: etree._Element) -> None:
    """Raise :class:`CircuitRefused` for an attribute so long that nothing sensible can be said of it."""
    found = _LONG(root)
    if isinstance(found, list) and found:
        raise _refused(
            f"Un attribut de ce fichier dépasse {MAX_ATTRIBUTE} caractères.",
            "Raccourcissez les noms et les expressions ; mettez les explications dans la documentation des éléments.",
        )


def _decoded(data: bytes) -> str:
    declared = _DECLARED.match(data[:_HEAD])
    written = declared[1].decode("ascii").lower() if declared else "utf-8"
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), written)
    if encoding not in _ENCODINGS:
        raise _refused(
            f"L’encodage « {encoding[:20]} » de ce fichier n’est pas accepté.", "Enregistrez le fichier en UTF-8."
        )
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise _refused(
            f"Ce fichier n’est pas du texte en {encoding.upper()}, comme il le prétend.",
            "Exportez-le à nouveau, en UTF-8.",
        ) from None
    text = text.lstrip()
    declaration = _DECLARATION.match(text[:_HEAD])
    return text[declaration.end() :] if declaration else text


def _too_many() -> CircuitRefused:
    return _refused(f"Ce fichier compte plus de {MAX_ELEMENTS} éléments XML.", "Séparez-le en plusieurs circuits.")


def _too_deep() -> CircuitRefused:
    return _refused(
        f"Ce dessin compte plus de {MAX_DEPTH} niveaux emboîtés.", "Séparez les sous-processus en plusieurs circuits."
    )


def _refused(sentence: str, remedy: str) -> CircuitRefused:
    return CircuitRefused([Finding(Level.ERROR, None, sentence, remedy)])

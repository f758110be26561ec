"""Reading foreign XML without danger, and the names of BPMN."""

from __future__ import annotations

from lxml import etree

from engine.circuits.values import CircuitRefused, Finding, Level

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
#: Namespace of our own attributes; documented in docs/circuits.md.
OURS = "urn:parapheur:bpmn:1"
#: Largest drawing, in bytes.
MAX_BYTES = 2_000_000


def tag(name: str) -> str:
    """``{namespace}name`` of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def ours(element: etree._Element, name: str, default: str = "") -> str:
    """One of our own attributes on an element."""
    return str(element.get(f"{{{OURS}}}{name}", default)).strip()


def read_xml(data: bytes) -> etree._Element:
    """The root of a drawing. Raises :class:`CircuitRefused` for what is too big, no XML, or holds a DOCTYPE."""
    if len(data) > MAX_BYTES:
        raise _refused("Ce fichier dépasse 2 Mo.", "Allégez le dessin ou séparez-le en plusieurs circuits.")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise _refused("Ce fichier contient une déclaration DOCTYPE, qui n’est pas acceptée.", "Retirez-la.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True, remove_comments=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise _refused(
            f"Ce fichier n’est pas du XML lisible (ligne {error.lineno}).", "Exportez-le à nouveau."
        ) from None
    if root.tag != tag("definitions"):
        raise _refused("Ce fichier n’est pas un dessin BPMN 2.0.", "Exportez le circuit au format BPMN 2.0 XML.")
    return root


def _refused(sentence: str, remedy: str) -> CircuitRefused:
    return CircuitRefused([Finding(Level.ERROR, None, sentence, remedy)])

"""What other engines and modellers write beside BPMN: read where it says something to us, then taken out and told."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from lxml import etree

from engine.circuits.importing.tree import bare, label, local, short
from engine.circuits.importing.work import Work
from engine.circuits.xml import BPMN, OURS, tag

DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: Colours of shapes, which bpmn-js reads.
COLOURS = {
    "bioc": "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "color": "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
}
_OF_OURS = frozenset({BPMN, OURS, DI, DC, DD, XSI, *COLOURS.values(), "http://www.w3.org/XML/1998/namespace"})
#: Part of a namespace → who writes it.
_NAMES = {
    "camunda.org/schema/zeebe": "Camunda 8",
    "camunda.org/schema/modeler": "Camunda Modeler",
    "camunda.org": "Camunda 7",
    "flowable": "Flowable",
    "activiti": "Activiti",
    "signavio": "Signavio",
    "bizagi": "Bizagi",
    "boc-group": "ADONIS",
    "boc-eu": "ADONIS",
    "adonis": "ADONIS",
    "visio": "Visio",
    "microsoft": "Visio",
    "trisotech": "Trisotech",
    "jboss": "jBPM",
    "drools": "jBPM",
    "omg.org/bpsim": "BPSim",
    "bpsim": "BPSim",
    "sparxsystems": "Enterprise Architect",
    "bonitasoft": "Bonita",
    "oracle": "Oracle BPM",
    "ibm": "IBM",
    "aris": "ARIS",
    "yaoqiang": "Yaoqiang",
}
#: Those that draw and do not run: what they write beside BPMN is colours, sizes and notes.
_MODELLERS = frozenset(
    {
        "Signavio",
        "Bizagi",
        "ADONIS",
        "Visio",
        "Camunda Modeler",
        "Trisotech",
        "Enterprise Architect",
        "ARIS",
        "BPSim",
        "Yaoqiang",
    }
)


#: How the names end of elements that are parts of the one around them, with an identifier or not.
PARTS = ("LoopCharacteristics", "EventDefinition")


def vendor(namespace: str) -> str:
    """Who writes in this namespace."""
    lower = namespace.lower()
    for part, name in _NAMES.items():
        if part in lower:
            return name
    return short(urlsplit(namespace).hostname or namespace or "sans espace de noms")


def owner_of(element: etree._Element) -> etree._Element:
    """The element itself, or the one with an identifier and a place in the drawing that holds it."""
    while element.get("id") is None or local(element).endswith(PARTS):
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return element


def owner_id(element: etree._Element) -> str:
    """Its identifier."""
    return str(owner_of(element).get("id"))


def attribute(work: Work, element: etree._Element, *names: str) -> str:
    """The first of these attributes that another engine wrote on an element."""
    for wanted in names:
        for name, value in element.attrib.items():
            namespace, _, plain = str(name).rpartition("}")
            if plain == wanted and namespace and namespace[1:] not in _OF_OURS:
                work.used.add((owner_id(element), wanted))
                return str(value).strip()
    return ""


def extension(work: Work, element: etree._Element, name: str) -> etree._Element | None:
    """What another engine wrote under ``extensionElements`` by this name."""
    holder = element.find(tag("extensionElements"))
    if holder is not None:
        for found in holder.iter(etree.Element):
            if bare(found) == name and found is not holder:
                work.used.add((owner_id(element), name))
                return found
    return None


def extensions(work: Work, element: etree._Element, name: str) -> list[etree._Element]:
    """All of them by this name."""
    holder = element.find(tag("extensionElements"))
    found = [] if holder is None else [child for child in holder.iter(etree.Element) if bare(child) == name]
    if found:
        work.used.add((owner_id(element), name))
    return found


def strip(work: Work) -> None:
    """Take all of it out, saying per element what had been read and what has no equivalent."""
    notes: dict[str, tuple[set[str], set[str]]] = {}
    for element in list(work.root.iter(etree.Element)):
        if not local(element):
            continue
        found: dict[str, list[str]] = {}
        for namespace, name in _foreign(element):
            found.setdefault(vendor(namespace), []).append(name)
        for who, names in found.items():
            if who in _MODELLERS or element.getroottree().getroot() is element:
                elements, known = notes.setdefault(who, (set(), set()))
                elements.add(str(element.get("id") or bare(element)))
                known.update(names)
            else:
                _tell(work, element, who, list(dict.fromkeys(names)))
    for who, (elements, known) in notes.items():
        count = f"{len(elements)} éléments" if len(elements) > 1 else "1 élément"
        work.tell(
            work.process,
            f"Informations {who} sans effet ici, retirées de {count} : {', '.join(sorted(known))}.",
        )


def _tell(work: Work, element: etree._Element, who: str, names: list[str]) -> None:
    owner = owner_of(element)
    read = [name for name in names if (owner_id(element), name) in work.used]
    idle = [name for name in names if name not in read]
    said = [f"lus ({', '.join(read)})"] if read else []
    said += [f"sans équivalent ici ({', '.join(idle)})"] if idle else []
    work.tell(owner, f"Réglages {who} de {label(owner)} : {' ; '.join(said)}. Ils sont retirés.")


def _foreign(element: etree._Element) -> Iterator[tuple[str, str]]:
    """(namespace, name) of every foreign thing on an element, which is taken out on the way."""
    for name in list(element.attrib):
        namespace, _, plain = str(name).rpartition("}")
        if namespace and namespace[1:] not in _OF_OURS:
            yield namespace[1:], plain
            del element.attrib[name]
    for child in list(element):
        if local(child) == "extensionElements":
            for inner in list(child):
                if _namespace(inner) not in {OURS, *COLOURS.values()}:
                    for each in inner.iter(etree.Element):
                        yield _namespace(each), bare(each)
                    child.remove(inner)
            if not len(child):
                element.remove(child)
        elif _namespace(child) not in _OF_OURS:
            for each in child.iter(etree.Element):
                yield _namespace(each), bare(each)
            element.remove(child)


def _namespace(element: etree._Element) -> str:
    return str(element.tag)[1:].partition("}")[0] if str(element.tag).startswith("{") else ""

"""Data, resources and dangling references: what has no effect on a circuit is left out, and told."""

from __future__ import annotations

from lxml import etree

from engine.circuits.importing.tree import Graph, bare, forget, label, local, name_of, remove, scopes, short
from engine.circuits.importing.work import Work
from engine.circuits.xml import tag

#: Local name → what to call it.
_DATA = {
    "dataObject": "donnée",
    "dataObjectReference": "donnée",
    "dataStoreReference": "base de données",
    "ioSpecification": "liste d’entrées et de sorties",
    "property": "propriété",
    "dataInputAssociation": "lien vers une donnée",
    "dataOutputAssociation": "lien vers une donnée",
    "dataInput": "entrée",
    "dataOutput": "sortie",
    "inputSet": "entrée",
    "outputSet": "sortie",
    "ioBinding": "liaison",
    "auditing": "trace",
    "monitoring": "suivi",
    "potentialOwner": "personne prévue",
    "humanPerformer": "personne prévue",
    "performer": "personne prévue",
    "resourceRole": "personne prévue",
    "rendering": "formulaire",
    "correlationSubscription": "corrélation",
    "supportedInterfaceRef": "interface",
}
#: Attributes that name declarations which are not kept.
_UNKEPT = frozenset(
    {
        "itemSubjectRef",
        "structureRef",
        "operationRef",
        "implementation",
        "partitionElementRef",
        "definitionalCollaborationRef",
    }
)


def drop_data(work: Work) -> None:
    """Take out data and resources, once they have been read."""
    for element in list(work.process.iter(*map(tag, _DATA))):
        parent = element.getparent()
        if parent is None or parent.getroottree().getroot() is not work.root:
            continue  # it went with what held it
        if local(element) == "dataObject" and _is_shown(work, element):
            remove(element)
            work.tell(element, f"La donnée {label(element)} n’est pas reprise, ni ses vues : elle n’a pas d’effet ici.")
            continue
        owner = parent if name_of(parent) else None
        where = f", sur {label(owner)}," if owner is not None and owner is not work.process else ""
        work.tell(
            element.get("id") or parent.get("id"),
            f"L’élément {label(element)} ({bare(element)}, {_DATA[local(element)]}){where} n’est pas repris : il n’a"
            " pas"
            " d’effet ici.",
        )
        remove(element)
    for element in (each for child in work.root if local(child) for each in child.iter(etree.Element)):  # no picture
        if local(element):
            forget(element, *_UNKEPT.intersection(map(str, element.attrib)))


def _is_shown(work: Work, element: etree._Element) -> bool:
    return any(
        other.get("dataObjectRef") == element.get("id") for other in work.process.iter(tag("dataObjectReference"))
    )


def settle_flows(work: Work) -> None:
    """Flows that lead to nothing are left out; those written in another scope than their ends are moved there."""
    home = {}
    for scope in scopes(work.process):
        for node_id in Graph(scope).nodes:
            home[node_id] = scope
    for flow in list(work.process.iter(tag("sequenceFlow"))):
        source, target = flow.get("sourceRef", ""), flow.get("targetRef", "")
        unknown = [short(end) or "rien" for end in (source, target) if end not in home]
        if unknown:
            work.tell(
                flow,
                f"La flèche {label(flow)} ne relie pas deux éléments (« {' », « '.join(unknown)} ») : elle n’est pas"
                " reprise.",
            )
            remove(flow)
        elif home[source] is home[target] and flow.getparent() is not home[source]:
            home[source].append(flow)
            work.tell(
                flow,
                f"La flèche {label(flow)} était écrite hors du sous-processus de ses deux bouts : elle y est remise.",
            )


def drop_dangling(work: Work) -> None:
    """References to what is not in the file, or was left out."""
    known = {str(element.get("id")) for element in work.root.iter(etree.Element) if element.get("id")}
    for lane in work.process.iter(tag("lane")):
        for child in list(lane):
            if local(child) == "flowNodeRef" and (child.text or "").strip() not in known:
                lane.remove(child)
            elif local(child) == "partitionElement":
                lane.remove(child)
                work.tell(lane, f"Le partage (partitionElement) du couloir {label(lane)} n’est pas repris.")
    for element in list(work.root.iter(tag("association"))):
        ends = (element.get("sourceRef", ""), element.get("targetRef", ""))
        if not all(end in known for end in ends):
            work.tell(
                element,
                f"Le trait {label(element)} (association) menait à un élément qui n’est pas repris : il ne l’est pas"
                " non plus.",
            )
            remove(element)
    for group in work.root.iter(tag("group")):
        if group.get("categoryValueRef") not in known:
            forget(group, "categoryValueRef")
    for node in work.process.iter(etree.Element):
        default = node.get("default")
        if default is not None and default not in known:
            del node.attrib["default"]
            work.tell(
                node, f"La sortie par défaut de {label(node)}, « {short(default)} », n’existe pas : elle est oubliée."
            )

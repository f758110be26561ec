"""What a drawing holds that a run would not read: nothing is ever ignored in silence.

What changes how tokens move is an error, since the circuit would not run as drawn; the rest has no effect, and is said
to have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.circuits.drawing import ACTIVITIES, RULE, RUN
from engine.circuits.findings import error, warning
from engine.circuits.reading import DECORATION
from engine.circuits.values import Finding
from engine.circuits.xml import BPMN, OURS, tag

_STEP = frozenset(
    {"kind", "desk", "mode", "delay", "counting", "reminders", "requiredForApproval", "requiredForRejection", "fills",
     "outcomes", "separation", "paper"}
)  # fmt: skip
_WORK = frozenset({"service", "input", "fills"})
_AWAITED = frozenset({"correlation", "fills", "counting"})
#: Our own attributes, by the element that carries them (docs/circuits.md; workflows/parapheur.moddle.json).
OWN: dict[str, frozenset[str]] = {
    "userTask": _STEP,
    "manualTask": _STEP,
    "serviceTask": _WORK,
    "intermediateThrowEvent": _WORK,
    "endEvent": _WORK | {"result"},
    "businessRuleTask": frozenset({"decision", "result"}),
    "intermediateCatchEvent": _AWAITED,
    "boundaryEvent": _AWAITED,
    "multiInstanceLoopCharacteristics": frozenset({"collection"}),
}
_EVENTS = (
    "timer", "message", "signal", "error", "escalation", "terminate", "link", "cancel", "compensate", "conditional",
)  # fmt: skip
#: Elements of the standard that are run, said to people, or spoken of by another check.
_KNOWN = (
    RUN
    | DECORATION
    | {f"{kind}EventDefinition" for kind in _EVENTS}
    | {"process", "sequenceFlow", "conditionExpression", "timeDate", "timeDuration", "timeCycle", "source", "target",
       "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "loopCardinality", "loopCondition",
       "loopDataInputRef", "loopDataOutputRef", "inputDataItem", "outputDataItem", "completionCondition", "condition",
       "lane", "flowNodeRef", "childLaneSet", "text"}
)  # fmt: skip
_EXPRESSIONS = frozenset(
    {"conditionExpression", "timeDate", "timeDuration", "timeCycle", "loopCardinality", "completionCondition"}
)
#: Attributes of the standard that are read, or that say something to people only; ``*``: on every element.
_READ: dict[str, frozenset[str]] = {
    "*": frozenset({"id", "name"}),
    "process": frozenset({"isExecutable", "processType", "isClosed"}),
    "sequenceFlow": frozenset({"sourceRef", "targetRef", "isImmediate"}),
    "boundaryEvent": frozenset({"attachedToRef", "cancelActivity"}),
    "startEvent": frozenset({"isInterrupting"}),
    "callActivity": frozenset({"calledElement"}),
    "multiInstanceLoopCharacteristics": frozenset({"isSequential"}),
    "messageEventDefinition": frozenset({"messageRef"}),
    "signalEventDefinition": frozenset({"signalRef"}),
    "errorEventDefinition": frozenset({"errorRef"}),
    "escalationEventDefinition": frozenset({"escalationRef"}),
    "compensateEventDefinition": frozenset({"activityRef", "waitForCompletion"}),  # refused as a whole
    "standardLoopCharacteristics": frozenset({"testBefore", "loopMaximum"}),  # refused as a whole
    "subProcess": frozenset({"triggeredByEvent"}),
    "textAnnotation": frozenset({"textFormat"}),
    "documentation": frozenset({"textFormat"}),
    "association": frozenset({"sourceRef", "targetRef", "associationDirection"}),
    "group": frozenset({"categoryValueRef"}),
    "lane": frozenset({"partitionElementRef"}),
    "inputDataItem": frozenset({"isCollection", "itemSubjectRef"}),
    "outputDataItem": frozenset({"isCollection", "itemSubjectRef"}),
    **{kind: frozenset({"default"}) for kind in ACTIVITIES - {"callActivity", "subProcess"}},
    **{f"{kind}Gateway": frozenset({"default", "gatewayDirection"}) for kind in ("exclusive", "inclusive")},
    **{f"{kind}Gateway": frozenset({"gatewayDirection"}) for kind in ("parallel", "eventBased")},
    **{name: frozenset({"language", "evaluatesToTypeRef"}) for name in _EXPRESSIONS},
}
_READ["callActivity"] |= {"default"}
_READ["subProcess"] |= {"default"}
_READ[RULE] = frozenset({"default"})
#: Attributes of the standard that are run with this value only, and what another value would mean.
_ONLY = {
    "startQuantity": ("1", "attend plusieurs jetons avant de commencer"),
    "completionQuantity": ("1", "donne plusieurs jetons à la fois"),
    "isForCompensation": ("false", "ne sert qu’à compenser"),
    "parallelMultiple": ("false", "attend plusieurs évènements à la fois"),
    "instantiate": ("false", "ouvre le circuit"),
    "eventGatewayType": ("Exclusive", "attend tous les évènements qui suivent"),
    "behavior": ("All", "lance un évènement à chaque fois"),
}
#: What tools write beside every task, and that says nothing (BPMN 2.0.2 tables 10.8, 10.11 and 10.13).
SAYING_NOTHING = frozenset({("implementation", "##unspecified"), ("implementation", "##WebService")})
#: Namespaces of attributes that draw or type, and do not run.
_DRAWN = frozenset(
    {
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
    }
)


def check_unread(process: etree._Element) -> Iterator[Finding]:
    """One finding per kind of thing that a run of this process would not read."""
    kinds: set[str] = set()
    names: set[str] = set()
    foreign: dict[str, tuple[str | None, dict[str, None]]] = {}
    for element in _looked_at(process):
        namespace, kind = _split(element.tag)
        if namespace == BPMN:
            yield from _idle(element, kind, kinds)
            yield from _attributes(element, kind, names)
        elif namespace not in _DRAWN:
            _note(foreign, namespace, element, kind)
        for attribute in element.attrib:
            space, name = _split(attribute)
            if space == OURS and name not in OWN.get(kind, ()):
                yield _not_ours(element, name)
            elif space and space not in _DRAWN | {OURS}:
                _note(foreign, space, element, name)
    for namespace, (where, found) in foreign.items():
        yield warning(
            where,
            f"Les réglages d’un autre logiciel ({namespace[:80] or 'sans espace de noms'}) n’ont pas d’effet ici :"
            f" {', '.join(list(found)[:10])}.",
            "Importez ce fichier (parapheur circuits import), qui lit ce qui a un sens ici, ou retirez-les.",
        )


def _looked_at(process: etree._Element) -> Iterator[etree._Element]:
    yield from process.iter(etree.Element)
    yield from process.getroottree().getroot().iter(tag("messageFlow"))


def _split(name: object) -> tuple[str, str]:
    namespace, _, plain = str(name).rpartition("}")
    return namespace[1:], plain


def _owner(element: etree._Element) -> str | None:
    """Its identifier, or that of the nearest element around that has one."""
    while element.get("id") is None:
        parent = element.getparent()
        if parent is None:
            return None
        element = parent
    return element.get("id")


def _label(element: etree._Element) -> str:
    return f"« {element.get('name') or _owner(element) or _split(element.tag)[1]} »"


def _note(
    foreign: dict[str, tuple[str | None, dict[str, None]]], namespace: str, element: etree._Element, name: str
) -> None:
    foreign.setdefault(namespace, (_owner(element), {}))[1][name] = None


def _idle(element: etree._Element, kind: str, seen: set[str]) -> Iterator[Finding]:
    """What other engines would act upon: said once per kind."""
    parent = element.getparent()
    around = _split(parent.tag)[1] if parent is not None else ""
    if kind in _KNOWN or kind in seen or around not in _KNOWN | {"collaboration"}:  # then the whole is spoken of
        return
    seen.add(kind)
    yield warning(
        _owner(element),
        f"L’élément « {element.get('name') or element.get('id') or kind} » ({kind}) n’a pas d’effet ici.",
        "Gardez-le comme explication, ou retirez-le.",
    )


def _attributes(element: etree._Element, kind: str, seen: set[str]) -> Iterator[Finding]:
    if kind not in _KNOWN:
        return
    for name, value in ((str(key), str(value)) for key, value in element.items()):
        if name.startswith("{") or name in _READ["*"] or name in _READ.get(kind, ()):
            continue
        if name in _ONLY:
            usual, meaning = _ONLY[name]
            if value.strip() not in {usual, {"false": "0"}.get(usual)}:
                yield error(
                    _owner(element),
                    f'{_label(element)} {meaning} ({name}="{value[:40]}"), ce qui n’est pas exécuté ici.',
                    "Retirez ce réglage, et dessinez ce que vous voulez dire avec des étapes et des branchements.",
                )
        elif (name, value) not in SAYING_NOTHING and name not in seen:
            seen.add(name)
            yield warning(
                _owner(element),
                f"L’attribut « {name[:80]} » de {_label(element)} n’a pas d’effet ici.",
                "Corrigez son nom, ou retirez-le.",
            )
    language = element.get("language", "") if kind in _EXPRESSIONS else ""
    if language and "feel" not in language.lower():
        yield error(
            _owner(element),
            f"Une expression de {_label(element)} se dit écrite en « {language[:80]} » ; seul FEEL est exécuté ici.",
            "Importez ce fichier (parapheur circuits import), qui la traduit quand il le peut, ou récrivez-la.",
        )


def _not_ours(element: etree._Element, name: str) -> Finding:
    owner = element if element.get("id") else element.getparent()
    known = OWN.get(_split(element.tag)[1], frozenset())
    places = sorted(kind for kind, names in OWN.items() if name in names)
    remedy = f"Retirez-le ; il se pose sur : {', '.join(places)}." if places else "Corrigez son nom, ou retirez-le."
    if known and not places:
        remedy = f"Corrigez son nom, ou retirez-le ; existent ici : {', '.join(sorted(known))}."
    return error(
        _owner(element),
        f"L’attribut « parapheur:{name[:80]} » de {_label(element if owner is None else owner)} ne serait pas lu.",
        remedy,
    )

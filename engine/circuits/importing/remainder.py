"""The last word of an import: whatever of the file is neither in the circuit nor spoken of is told here.

Each step tells what it changes; this one holds the promise that nothing is dropped in silence, by comparing the file
with the result, attribute by attribute and text by text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from engine.circuits.importing.tree import bare, label, local, short
from engine.circuits.importing.vendors import owner_of
from engine.circuits.importing.work import Work
from engine.circuits.unread import SAYING_NOTHING
from engine.circuits.xml import OURS

#: What is written again from the flows.
_WRITTEN_AGAIN = frozenset({"incoming", "outgoing"})
_OURS = f"{{{OURS}}}"
#: Elements quoted by name in one sentence.
_QUOTED = 5
_WORDS = {
    "conditionExpression": "La condition",
    "completionCondition": "La condition d’arrêt",
    "loopCondition": "La condition de boucle",
    "loopMaximum": "Le nombre de tours",
    "script": "Le script",
    "language": "Le langage",
    "sourceRef": "L’origine",
    "targetRef": "L’arrivée",
    "flowNodeRef": "La place dans le couloir",
    "formalExpression": "L’expression",
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """An attribute, or a text."""

    owner: str  #: identifier of the element that holds it
    shown: str  #: what to call that element in a sentence
    place: str  #: names of the elements between them; of a text, its own too
    name: str  #: of the attribute; empty for a text
    value: str

    @property
    def where(self) -> tuple[str, str, str]:
        """Where it is."""
        return self.owner, self.place, self.name

    @property
    def called(self) -> str:
        """What to call it in a sentence."""
        return self.name or self.place.rpartition("/")[2]


def pieces(root: etree._Element) -> list[_Piece]:
    """Everything that a file says in the namespaces of BPMN and in ours, but for its picture and its arrows’ ends."""
    found = []
    for element in _said(root):
        if not local(element) or local(element) in _WRITTEN_AGAIN:
            continue
        said = [("", (element.text or "").strip())]
        for name, value in ((str(key), str(value)) for key, value in element.items()):
            if name != "id" and (not name.startswith("{") or name.startswith(_OURS)):
                said.append((name.rpartition("}")[2], value.strip()))
        if any(value for _, value in said):
            owner = owner_of(element)
            identifier, shown, place = str(owner.get("id") or ""), label(owner), _place(owner, element)
            found += [_Piece(identifier, shown, place, name, value) for name, value in said if value]
    return found


def _said(root: etree._Element) -> Iterator[etree._Element]:
    """The root, and everything under it but the picture."""
    yield root
    for child in root:
        if local(child):
            yield from child.iter(etree.Element)


def tell_remainder(work: Work, before: Iterable[_Piece], removed: set[str]) -> None:
    """Say of each piece that was there before, and is neither in the circuit nor spoken of, what became of it.

    ``removed``: identifiers that are no longer in the file; what they held went with them, which was told.
    """
    before, now = list(before), pieces(work.root)
    after = {(piece.owner, piece.called, _bare(piece.value)) for piece in now}
    one, other = _alone(before), _alone(now)
    spoken = _Spoken(work)
    told: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for piece in before:
        at_rest = piece.owner in removed or piece.value in removed or (piece.name, piece.value) in SAYING_NOTHING
        if at_rest or (piece.owner, piece.called, _bare(piece.value)) in after or spoken.of(piece):
            continue
        new = other.get(piece.where, "") if piece.where in one else ""
        what = f"{piece.shown} (« {short(piece.value)} »{f' devient « {short(new)} »' if new else ''})"
        told.setdefault((piece.called, "change" if new else "n’est plus dans le circuit"), []).append(
            (piece.owner, what)
        )
    for (name, fate), where in told.items():
        owners = {owner for owner, _ in where}
        shown = list(dict.fromkeys(what for _, what in where))
        more = f" et {len(shown) - _QUOTED} autres" if len(shown) > _QUOTED else ""
        word = _WORDS.get(name, "Le réglage")
        work.tell(
            where[0][0] if len(owners) == 1 else work.process,
            f"{word} ({name}) {fate} : {', '.join(shown[:_QUOTED])}{more}.",
        )


def _bare(value: str) -> str:
    """Without the sign by which FEEL is announced."""
    return value.removeprefix("=").strip()


def _alone(found: Iterable[_Piece]) -> dict[tuple[str, str, str], str]:
    """What is alone in its place, so that one can say what it became."""
    found = list(found)
    count = Counter(piece.where for piece in found)
    return {piece.where: piece.value for piece in found if count[piece.where] == 1}


class _Spoken:
    """What was said so far, by element."""

    def __init__(self, work: Work) -> None:
        self._of: dict[str, list[str]] = {}
        for change in work.changes:
            self._of.setdefault(str(change.element_id), []).append(change.sentence)

    def of(self, piece: _Piece) -> bool:
        """Whether a sentence about its element names it, or quotes it."""
        quoted = f"« {short(piece.value)} »"
        return any(piece.called in sentence or quoted in sentence for sentence in self._of.get(piece.owner, ()))


def identifiers(root: etree._Element) -> set[str]:
    """Those of the elements of BPMN."""
    return {str(element.get("id")) for element in _said(root) if element.get("id") and local(element)}


def _place(owner: etree._Element, element: etree._Element) -> str:
    return "/".join(reversed(list(_up(owner, element))))


def _up(owner: etree._Element, element: etree._Element) -> Iterator[str]:
    while element is not owner:
        yield bare(element)
        parent = element.getparent()
        if parent is None:
            return
        element = parent

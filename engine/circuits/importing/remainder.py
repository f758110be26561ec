"""The last word of an import: whatever of the file is neither in the circuit nor spoken of is told here.

Each step tells what it changes; this one holds the promise that nothing is dropped in silence, by comparing the file
with the result, attribute by attribute and text by text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from lxml import etree

from engine.circuits.importing.tree import local, short
from engine.circuits.importing.vendors import PARTS
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


class _Piece(NamedTuple):
    """An attribute, or a text."""

    owner: str  #: identifier of the element that holds it
    holder: str  #: name of that element, or its identifier
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
    found: list[_Piece] = []
    _gather(root, "", "", "", found)
    return found


def _gather(element: etree._Element, owner: str, holder: str, place: str, found: list[_Piece]) -> None:
    """Those of an element and of what is inside it; files are at most sixty levels deep."""
    kind = local(element)
    if not kind or kind in _WRITTEN_AGAIN:
        return
    identifier = element.get("id")
    if identifier is not None and not kind.endswith(PARTS):
        owner, place = str(identifier), ""
        holder = str(element.get("name") or owner)
    else:
        place = f"{place}/{kind}"
    text = element.text
    if text and (text := text.strip()):
        found.append(_Piece(owner, holder, place, "", text))
    for name, value in element.attrib.items():
        name, value = str(name), str(value).strip()
        if name != "id" and value and (name[0] != "{" or name.startswith(_OURS)):
            found.append(_Piece(owner, holder, place, name.rpartition("}")[2], value))
    for child in element:
        _gather(child, owner, holder, place, found)


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
    kept, spoken = set(now), _Spoken(work)
    after = {(piece.owner, piece.called, _bare(piece.value)) for piece in now}
    lost = [
        piece
        for piece in before
        if piece not in kept
        and piece.owner not in removed
        and piece.value not in removed
        and (piece.name, piece.value) not in SAYING_NOTHING
        and (piece.owner, piece.called, _bare(piece.value)) not in after
        and not spoken.of(piece)
    ]
    if not lost:
        return
    one, other = _alone(before), _alone(now)
    told: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for piece in lost:
        new = other.get(piece.where, "") if piece.where in one else ""
        what = f"« {short(piece.holder)} » (« {short(piece.value)} »{f' devient « {short(new)} »' if new else ''})"
        fate = "change" if new else "n’est plus dans le circuit"
        told.setdefault((piece.called, fate), []).append((piece.owner, what))
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

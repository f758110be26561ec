"""What all steps of an import share: the file, what was told, asked and answered."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lxml import etree

from engine.circuits.importing.values import Change, Proposal, Question, QuestionKind
from engine.circuits.values import Finding
from engine.circuits.xml import OURS


class AnswerFault(ValueError):
    """An answer that cannot be taken; the message is a French sentence."""


@dataclass
class Work:
    """An import going on."""

    root: etree._Element
    answers: Mapping[str, str]
    desks: Collection[str] | None = None  #: short names of the desks there are; None: not looked at
    circuits: Collection[str] | None = None  #: short names of the circuits that may be called
    changes: list[Change] = field(default_factory=list)
    questions: dict[str, Question] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)  #: ids of every question, answered ones included
    ids: set[str] = field(default_factory=set)
    messages: dict[str, str] = field(default_factory=dict)  #: element → name of the message flow drawn to it
    used: set[tuple[str, str]] = field(default_factory=set)  #: settings of other engines that were read
    offered: set[str] = field(default_factory=set)  #: gateways of which an arrow was offered as the default
    is_ours: bool = False  #: whether the file speaks our own attributes: then what it names is ours too
    _process: etree._Element | None = None

    @property
    def process(self) -> etree._Element:
        """The process that is kept."""
        assert self._process is not None
        return self._process

    def choose(self, process: etree._Element) -> None:
        """Keep this process."""
        self._process = process
        self.is_ours = any(
            str(name).startswith(f"{{{OURS}}}") for element in process.iter(etree.Element) for name in element.attrib
        )

    def tell(self, element: etree._Element | str | None, sentence: str) -> None:
        """Note a change."""
        element_id = element if element is None or isinstance(element, str) else element.get("id")
        self.changes.append(Change(element_id, sentence))

    def ask(
        self,
        question_id: str,
        element: etree._Element | None,
        sentence: str,
        kind: QuestionKind,
        accept: Callable[[str], str],
        proposals: Sequence[Proposal] = (),
    ) -> str | None:
        """The answer, as ``accept`` makes it of what was given; None when it is still to be given.

        ``accept`` raises :class:`AnswerFault` for what it cannot take: the question is then asked again.
        """
        self.asked.add(question_id)
        fault = ""
        given = self.answers.get(question_id, "").strip()
        if given:
            try:
                return accept(given)
            except AnswerFault as refused:
                fault = str(refused)
        element_id = element.get("id") if element is not None else None
        self.questions[question_id] = Question(question_id, element_id, sentence, kind, tuple(proposals), fault)
        return None

    def choice(
        self, question_id: str, element: etree._Element | None, sentence: str, *choices: Proposal, kind: QuestionKind
    ) -> str | None:
        """The value of the proposal that was chosen."""

        def accept(given: str) -> str:
            if given not in {choice.value for choice in choices}:
                words = " », « ".join(choice.value for choice in choices)
                raise AnswerFault(f"« {given[:80]} » n’est pas une réponse possible ; au choix : « {words} ».")
            return given

        return self.ask(question_id, element, sentence, kind, accept, choices)

    def new_id(self, wanted: str) -> str:
        """An identifier that nobody has, as close as possible to this one."""
        found, number = wanted, 1
        while found in self.ids:
            number += 1
            found = f"{wanted}_{number}"
        self.ids.add(found)
        return found

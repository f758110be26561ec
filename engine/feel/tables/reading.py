"""Reading files of decisions, ours or a modeller's (DMN 1.1 to 1.5), without danger."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.feel.tables.column_types import TypeNames, read_types
from engine.feel.tables.model import (
    Aggregation,
    Column,
    Decision,
    Formula,
    HitPolicy,
    InputData,
    Rule,
    Table,
    Tables,
    TablesRefused,
)
from engine.findings import Finding, Level

#: Largest file, in bytes.
MAX_BYTES = 2_000_000
#: Most decisions in a file.
MAX_DECISIONS = 100
#: Most types, inputs and links in a file, each.
MAX_PARTS = 500
#: Most rules in a file, most cells, and most characters in them.
MAX_RULES, MAX_CELLS, MAX_TEXT = 1_000, 10_000, 200_000
#: Namespaces of DMN 1.1, 1.2, 1.3, 1.4 and 1.5.
NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
_FEEL = ("", "feel", "https://www.omg.org/spec/dmn/20191111/feel/", "http://www.omg.org/spec/dmn/20180521/feel/")
#: Kinds of logic that are neither tables nor expressions.
_OTHER_LOGIC = ("invocation", "context", "relation", "list", "functionDefinition", "conditional", "for", "filter")
_SAID = {
    "businessKnowledgeModel": "du modèle de connaissance",
    "knowledgeSource": "de la source de connaissance",
    "decisionService": "du service de décision",
}


def read_tables(data: bytes) -> Tables:
    """The decisions of a file. Raises :class:`TablesRefused` when it is no DMN, too big, or not as we can run it."""
    root = _root(data)
    return _Reading(root).tables()


def _root(data: bytes) -> etree._Element:
    if len(data) > MAX_BYTES:
        raise _refused("Ce fichier dépasse 2 Mo.", "Séparez les décisions en plusieurs fichiers.")
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
    if getattr(root.getroottree().docinfo, "doctype", ""):  # in an encoding where it was not seen
        raise _refused("Ce fichier contient une déclaration DOCTYPE, qui n’est pas acceptée.", "Retirez-la.")
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        raise _refused("Ce fichier n’est pas un modèle de décision DMN.", "Exportez la table au format DMN 1.3 XML.")
    return root


def _refused(sentence: str, remedy: str) -> TablesRefused:
    return TablesRefused([Finding(Level.ERROR, None, sentence, remedy)])


class _Reading:
    """One file being read; what cannot be run is gathered and said together."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._space = f"{{{etree.QName(root).namespace}}}"
        self._findings: list[Finding] = []
        self._types: TypeNames = {}

    def tables(self) -> Tables:
        self._count()
        self._types = read_types(self._root, self._space)
        inputs = [self._input_data(node) for node in self._all(self._root, "inputData")]
        decisions = [self._decision(node) for node in self._all(self._root, "decision")]
        self._say_what_is_left()
        if not decisions:
            self._error(None, "Ce fichier ne contient aucune décision.", "Ajoutez une décision avec sa table.")
        if any(finding.level is Level.ERROR for finding in self._findings):
            raise TablesRefused(self._findings)
        return Tables(
            self._root.get("id", "definitions"),
            self._root.get("name", ""),
            tuple(decision for decision in decisions if decision),
            tuple(inputs),
            tuple(self._findings),
        )

    def _count(self) -> None:
        space = self._space
        for name, most, what in (
            ("decision", MAX_DECISIONS, "décisions"),
            ("itemDefinition", MAX_PARTS, "types"),
            ("inputData", MAX_PARTS, "données d’entrée"),
            ("informationRequirement", MAX_PARTS, "liens"),
            ("rule", MAX_RULES, "règles"),
            ("inputEntry", MAX_CELLS, "cases"),
            ("outputEntry", MAX_CELLS, "cases"),
            ("text", MAX_CELLS, "textes"),
        ):
            count = sum(1 for _ in self._root.iter(space + name))
            if count > most:
                raise _refused(
                    f"Ce fichier contient {count} {what} ; {most} au plus sont acceptées.",
                    "Séparez les décisions en plusieurs fichiers.",
                )

        length = sum(len(node.text or "") for node in self._root.iter(space + "text"))
        if length > MAX_TEXT:
            raise _refused(
                f"Les cases de ce fichier font {length} caractères ; {MAX_TEXT} au plus sont acceptés.",
                "Séparez les décisions en plusieurs fichiers.",
            )

    def _say_what_is_left(self) -> None:
        for name, what in _SAID.items():
            for node in self._all(self._root, name):
                self._findings.append(
                    Finding(
                        Level.WARNING,
                        node.get("id"),
                        f"Rien n’est gardé {what} « {node.get('name', node.get('id', ''))} ».",
                        "Vérifiez que les décisions peuvent s’en passer.",
                    )
                )

    # Decisions

    def _input_data(self, node: etree._Element) -> InputData:
        variable = node.find(self._space + "variable")
        name = str(node.get("name", "")) or (str(variable.get("name", "")) if variable is not None else "")
        return InputData(self._id(node), name, self._type(variable))

    def _decision(self, node: etree._Element) -> Decision | None:
        identifier, name = self._id(node), node.get("name", "")
        variable = node.find(self._space + "variable")
        requires: list[str] = []
        reads: list[str] = []
        for requirement in self._all(node, "informationRequirement"):
            for kind, found in (("requiredDecision", requires), ("requiredInput", reads)):
                found.extend(self._reference(part, identifier) for part in self._all(requirement, kind))
        for requirement in self._all(node, "knowledgeRequirement"):
            self._error(
                requirement.get("id", identifier),
                f"La décision « {name or identifier} » s’appuie sur un modèle de connaissance, qui n’est pas exécuté.",
                "Faites-en une décision, reliée à celle-ci.",
            )
        logic = self._logic(node, identifier, name)
        if logic is None:
            return None
        return Decision(
            identifier,
            name,
            logic,
            tuple(filter(None, requires)),
            tuple(filter(None, reads)),
            variable.get("name", "") if variable is not None else "",
            self._type(variable),
        )

    def _reference(self, node: etree._Element, identifier: str) -> str:
        href = node.get("href", "")
        if not href.startswith("#"):
            self._error(
                identifier,
                f"Une décision en appelle une autre, « {href} », qui n’est pas dans ce fichier.",
                "Réunissez les décisions dans un seul fichier.",
            )
            return ""
        return href[1:]

    def _logic(self, node: etree._Element, identifier: str, name: str) -> Table | Formula | None:
        table = node.find(self._space + "decisionTable")
        if table is not None:
            return self._table(table)
        literal = node.find(self._space + "literalExpression")
        if literal is not None:
            self._language(literal, identifier)
            return Formula(self._id(literal, identifier), self._text(literal), self._type(literal))
        kinds = [kind for kind in _OTHER_LOGIC if node.find(self._space + kind) is not None]
        what = f"est écrite en « {kinds[0]} », qui n’est pas exécuté" if kinds else "n’a ni table ni expression"
        self._error(
            identifier,
            f"La décision « {name or identifier} » {what}.",
            "Écrivez-la comme une table de décision ou comme une expression.",
        )
        return None

    def _table(self, node: etree._Element) -> Table:
        identifier = self._id(node)
        policy, aggregation = node.get("hitPolicy", "UNIQUE"), node.get("aggregation")
        if policy not in set(HitPolicy) or (aggregation and aggregation not in set(Aggregation)):
            self._error(
                identifier,
                f"La table a une règle de choix inconnue : « {' '.join(filter(None, (policy, aggregation)))} ».",
                f"Choisissez parmi : {', '.join(HitPolicy)}.",
            )
            policy, aggregation = "UNIQUE", None
        return Table(
            identifier,
            HitPolicy(policy),
            tuple(self._input(part) for part in self._all(node, "input")),
            tuple(self._output(part) for part in self._all(node, "output")),
            tuple(self._rule(part) for part in self._all(node, "rule")),
            Aggregation(aggregation) if aggregation else None,
        )

    def _input(self, node: etree._Element) -> Column:
        expression = node.find(self._space + "inputExpression")
        kind, allowed = self._types_of(expression, node.find(self._space + "inputValues"))
        if expression is not None:
            self._language(expression, self._id(node))
        return Column(self._id(node), self._label(node), self._text(expression), kind, allowed)

    def _output(self, node: etree._Element) -> Column:
        kind, allowed = self._types_of(node, node.find(self._space + "outputValues"))
        default = self._text(node.find(self._space + "defaultOutputEntry"))
        return Column(self._id(node), self._label(node), node.get("name", ""), kind, allowed, default)

    def _rule(self, node: etree._Element) -> Rule:
        cells = [self._all(node, kind) for kind in ("inputEntry", "outputEntry")]
        texts = [tuple(self._cell(cell) for cell in found) for found in cells]
        return Rule(self._id(node), texts[0], texts[1], self._note(node))

    def _cell(self, node: etree._Element) -> str:
        self._language(node, self._id(node))
        return self._text(node)

    def _note(self, node: etree._Element) -> str:
        description = node.find(self._space + "description")
        if description is not None and description.text:
            return str(description.text).strip()
        return " ; ".join(filter(None, (self._text(part) for part in self._all(node, "annotationEntry"))))

    # Pieces

    def _all(self, node: etree._Element, name: str) -> Iterator[etree._Element]:
        return node.iterchildren(self._space + name)

    def _id(self, node: etree._Element, default: str = "") -> str:
        return node.get("id") or default or f"ligne-{node.sourceline}"

    def _label(self, node: etree._Element) -> str:
        return node.get("label", "").strip()

    def _text(self, node: etree._Element | None) -> str:
        found = None if node is None else node.find(self._space + "text")
        return "" if found is None or found.text is None else str(found.text).strip()

    def _type(self, node: etree._Element | None) -> str:
        return self._types_of(node, None)[0]

    def _types_of(self, node: etree._Element | None, values: etree._Element | None) -> tuple[str, str]:
        """The FEEL type that an element names, and the values allowed: its own, or those of a type of the file."""
        named = "" if node is None else node.get("typeRef", "")
        known = self._types.get(named.rpartition(":")[2].strip())
        if known is None:
            self._error(
                node.get("id") if node is not None else None,
                f"Le type « {named} » n’existe pas.",
                "Choisissez un type : string, number, boolean, date, time, dateTime, dayTimeDuration…",
            )
            return "", self._text(values)
        return known.name, self._text(values) or known.allowed

    def _language(self, node: etree._Element, identifier: str) -> None:
        language = node.get("expressionLanguage", "")
        if language.lower() not in _FEEL:
            sentence = f"Une expression est écrite en « {language} », qui n’est pas exécuté."
            self._error(identifier, sentence, "Écrivez-la en FEEL.")

    def _error(self, identifier: str | None, sentence: str, remedy: str) -> None:
        self._findings.append(Finding(Level.ERROR, identifier, sentence, remedy))

"""Reading YAML node by node: every text stays a text, and every fault knows its line."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

import yaml  # type: ignore[import-untyped]

from engine.administration.configuration.model import ConfigurationRefused, Fault

T = TypeVar("T")

#: Octets of a file.
MAX_BYTES = 30_000_000
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml, where it is there: twenty times as quick
_YES_NO = {"oui": True, "non": False, "true": True, "false": False}


def root_of(data: bytes) -> yaml.Node:
    """The root of a file. Raises :class:`ConfigurationRefused`."""
    if len(data) > MAX_BYTES:
        raise _refused(0, f"Ce fichier dépasse {MAX_BYTES // 1_000_000} Mo.", "Retirez-en des circuits.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused(line, "Ce fichier n’est pas en UTF-8.", "Enregistrez-le dans cet encodage.") from None
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if isinstance(event, yaml.AliasEvent):
                raise _refused(
                    event.start_mark.line + 1,
                    "Les renvois de YAML (« *nom ») ne sont pas acceptés.",
                    "Écrivez deux fois ce qui se répète.",
                )
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise _refused(line, f"Ce n’est pas du YAML lisible ({error.problem}).", _ALIGN) from None
    except (yaml.YAMLError, RecursionError):
        raise _refused(0, "Ce n’est pas du YAML lisible.", _ALIGN) from None
    if not isinstance(root, yaml.MappingNode):
        raise _refused(1, "Ce fichier n’est pas une configuration du parapheur.", "Partez d’un fichier exporté.")
    return root


_ALIGN = "Vérifiez les retraits, les tirets et les deux-points autour de cette ligne."


def _refused(line: int, sentence: str, cure: str) -> ConfigurationRefused:
    return ConfigurationRefused([Fault(line, "", sentence, cure)])


class Entry:
    """A mapping of the file, whose fields are read one by one; what is wrong is gathered."""

    def __init__(self, node: yaml.Node, where: str, faults: list[Fault], named: tuple[str, ...] = ()) -> None:
        """``named``: the fields whose text names the entry in faults."""
        self.line = node.start_mark.line + 1
        self.where = where
        self._faults = faults
        self._nodes: dict[str, yaml.Node] = {}
        self._read: set[str] = set()
        if not isinstance(node, yaml.MappingNode):
            self.fault("", "Il faut ici des lignes « nom : valeur ».", "Partez d’un fichier exporté.")
            return
        for key, value in node.value:
            name = str(key.value)
            if name in self._nodes:
                self.fault(name, "Ce champ est écrit deux fois.", "N’en gardez qu’un.", key)
            self._nodes[name] = value
        name = next((str(self._nodes[one].value) for one in named if self._is_text(one)), "")
        self.where = f"{where} › {name}" if name else where

    def _is_text(self, name: str) -> bool:
        return isinstance(self._nodes.get(name), yaml.ScalarNode)

    def fault(self, name: str, sentence: str, cure: str, node: yaml.Node | None = None) -> None:
        """Say that something is wrong with a field."""
        node = node or self._nodes.get(name)
        line = node.start_mark.line + 1 if node is not None else self.line
        self._faults.append(Fault(line, f"{self.where} › {name}" if name else self.where, sentence, cure))

    def text(self, name: str, *, wanted: bool = False) -> str:
        """A text on one line; empty when it is absent."""
        self._read.add(name)
        node = self._nodes.get(name)
        if node is None:
            if wanted:
                self.fault(name, "Ce champ manque.", "Ajoutez-le.")
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self.fault(name, "Il faut ici un texte.", "Mettez-le sur la même ligne, après les deux-points.")
            return ""
        text = " ".join(str(node.value).split())
        if wanted and not text:
            self.fault(name, "Ce champ est vide.", "Remplissez-le.")
        return text

    def lines(self, name: str) -> str:
        """A text of several lines; empty when it is absent."""
        self._read.add(name)
        node = self._nodes.get(name)
        if node is not None and not isinstance(node, yaml.ScalarNode):
            self.fault(name, "Il faut ici un texte.", "Écrivez-le après « | », chaque ligne en retrait.")
            return ""
        return str(node.value) if node is not None else ""

    def has(self, name: str) -> bool:
        """Whether a field is there."""
        return name in self._nodes

    def yes(self, name: str) -> bool:
        """``oui`` or ``non``; no when it is absent."""
        text = self.text(name).lower()
        if text and text not in _YES_NO:
            self.fault(name, f"« {text[:40]} » n’est ni oui ni non.", "Écrivez oui, ou retirez la ligne.")
        return _YES_NO.get(text, False)

    def number(self, name: str, most: int) -> int:
        """A whole number; 0 when it is absent."""
        text = self.text(name)
        if text and not (text.isascii() and text.isdecimal() and int(text[:9]) <= most):
            self.fault(name, f"« {text[:40]} » n’est pas un nombre de 0 à {most}.", "Corrigez-le.")
            return 0
        return int(text or 0)

    def day(self, name: str, *, wanted: bool = False) -> date | None:
        """A day, ``2026-11-24``."""
        text = self.text(name, wanted=wanted)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError:
            self.fault(name, f"« {text[:40]} » n’est pas une date.", "Écrivez-la comme 2026-11-24.")
            return None

    def word(self, name: str, words: Mapping[str, T], default: T) -> T:
        """One of a few words."""
        text = self.text(name)
        if text and text not in words:
            known = ", ".join(words)
            self.fault(name, f"« {text[:40]} » n’est pas l’un des mots admis.", f"Choisissez parmi : {known}.")
        return words.get(text, default)

    def words(self, name: str) -> tuple[str, ...]:
        """A list of texts, each once, in order."""
        found = []
        for node in self._items(name):
            if isinstance(node, yaml.ScalarNode) and str(node.value).strip():
                found.append(" ".join(str(node.value).split()))
            else:
                self.fault(name, "Il faut ici une liste de textes.", "Un par ligne, après un tiret.", node)
        return tuple(dict.fromkeys(found))

    def content(self, name: str) -> bytes:
        """A file, as text or as ``!!binary``."""
        self._read.add(name)
        node = self._nodes.get(name)
        if not isinstance(node, yaml.ScalarNode) or not node.value:
            self.fault(name, "Le fichier manque.", "Écrivez-le après « | », chaque ligne en retrait.")
            return b""
        if node.tag != "tag:yaml.org,2002:binary":
            return str(node.value).encode()
        try:
            return base64.b64decode(str(node.value), validate=False)
        except binascii.Error:
            self.fault(name, "Ce contenu n’est pas du base64.", "Exportez-le de nouveau.")
            return b""

    def entries(self, name: str, named: tuple[str, ...], make: Callable[[Entry], T]) -> tuple[T, ...]:
        """A list of entries, each made by ``make``."""
        found = []
        for node in self._items(name):
            where = f"{self.where} › {name}" if self.where else name
            entry = Entry(node, where, self._faults, named)
            found.append(make(entry))
            entry.finish()
        return tuple(found)

    def entry(self, name: str) -> Entry:
        """One entry."""
        self._read.add(name)
        node = self._nodes.get(name)
        if node is None:
            self.fault(name, "Cette partie manque.", "Partez d’un fichier exporté.")
            node = yaml.MappingNode("tag:yaml.org,2002:map", [], yaml.Mark("", 0, 0, 0, None, None))
        return Entry(node, f"{self.where} › {name}" if self.where else name, self._faults)

    def _items(self, name: str) -> Iterator[Any]:
        self._read.add(name)
        node = self._nodes.get(name)
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return
        if not isinstance(node, yaml.SequenceNode):
            self.fault(name, "Il faut ici une liste.", "Un élément par ligne, après un tiret.")
            return
        yield from node.value

    def finish(self) -> None:
        """Say which fields nobody has read: a misspelt one must not be lost in silence."""
        for name in self._nodes.keys() - self._read:
            known = ", ".join(sorted(self._read))
            self.fault(name, "Ce champ n’existe pas.", f"Vérifiez son orthographe ; ceux d’ici : {known}.")

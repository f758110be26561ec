"""The sentences of refusal that the code can say, read from its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Where people’s documents, certificates, accounts and acts are refused.
PLACES = (
    "engine/circuits/drafts.py",
    "engine/administration",
    "engine/desks",
    "engine/documents",
    "engine/folders",
    "engine/papers",
    "engine/people",
    "engine/typology",
    "engine/work",
    "signing",
    "web",
)
#: What carries a sentence of refusal.
CARRIERS = {"Refusal", "Refused", "SigningRefused", "ChildFailed", "CertificateVerdict"}
SCRIPTS = ("web/front/messages.js", "web/front/p12/errors.js")
#: In messages.js, the words said when all goes well.
_NOT_REFUSALS = {"SIGNING", "CERTIFICATE_NOTED", "VIEWER", "RELOAD", "COPIED", "COPY_FAILED"}
#: Sentences that say that all goes well.
NEWS = ("Envoi du fichier", "Le fichier est arrivé", "Certificat de …, valable")


def plain(text: str) -> str:
    """With ordinary spaces, one at a time."""
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())


def first_sentence(text: str) -> str:
    """What the message says happened, without what it proposes."""
    return re.split(r"\.(?:\s|$)", plain(text))[0].rstrip(".")


def python_refusals() -> Iterator[tuple[str, str]]:
    """(file, first sentence), with … where the message names something."""
    for place in PLACES:
        root = ROOT / place
        for path in [root] if root.is_file() else sorted(root.rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if parts := _carried(node):
                    texts = [text for text in map(_text, parts) if " " in text]
                    yield from ((str(path.relative_to(ROOT)), first_sentence(text)) for text in texts)


def script_refusals() -> Iterator[tuple[str, str]]:
    """The same, of the scripts of the pages."""
    for name in SCRIPTS:
        source = (ROOT / name).read_text(encoding="utf-8")
        for block in re.split(r"\nexport const ", source)[1:]:
            if re.match(r"\w+", block)[0] not in _NOT_REFUSALS:  # type: ignore[index]
                joined = re.sub(r"['`]\s*\+\s*['`]", "", block.partition("\n/**")[0])
                for found in re.findall(r"'([^'\n]{20,})'|`([^`\n]{20,})`", joined):
                    text = re.sub(r"\$\{[^}]*\}", "…", "".join(found)).replace("\\u00a0", " ")
                    if " " in text:
                        yield name, first_sentence(text)


def _carried(node: ast.AST) -> list[ast.expr]:
    """The parts of a refusal: of a call that makes one, or of a pair (code, sentence) on its way to one."""
    if isinstance(node, ast.Call):
        return node.args if _name(node.func) in CARRIERS else []
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        code = node.elts[0]
        coded = isinstance(code, ast.Attribute) and _name(code.value) == "Code"
        return node.elts if coded or re.fullmatch("[a-z]+(_[a-z]+)*", _text(code)) else []
    return []


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
        return "".join(map(str, parts))
    return ""

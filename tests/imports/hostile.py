"""Files made to hurt: bombs, and drawings that ask for work without end. Each is small to write."""

from __future__ import annotations

import base64
import io
import zipfile
from html import escape
from itertools import pairwise

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:parapheur="urn:parapheur:bpmn:1"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t"><process id="p" isExecutable="true">'
)
TAIL = "</process></definitions>"
GROUPS = ",".join(f"g{n}" for n in range(100))
WORDS = "mot " * 15
DESK = 'parapheur:desk="dgs"'


def _drawing(*parts: str) -> bytes:
    return (HEAD + "".join(parts) + TAIL).encode()


def _flow(number: int, source: str, target: str, condition: str = "") -> str:
    inside = f"<conditionExpression>{escape(condition)}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="f{number}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def _flows(*pairs: tuple[str, str]) -> str:
    return "".join(_flow(number, *pair) for number, pair in enumerate(pairs))


def _laughs(levels: int = 12) -> str:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, levels)
    )
    return f'<?xml version="1.0"?><!DOCTYPE definitions [{entities}]>{HEAD}<task id="t" name="&a{levels - 1};"/>{TAIL}'


def _quadratic() -> bytes:
    return f'<!DOCTYPE definitions [<!ENTITY a "{"a" * 50_000}">]>{HEAD}<task name="{"&a;" * 50_000}"/>{TAIL}'.encode()


def _diamonds(count: int) -> bytes:
    """So many decisions in a row: 2 to that power ways through."""
    parts, pairs, before = ['<startEvent id="s"/>'], [], "s"
    for n in range(count):
        parts.append(f'<parallelGateway id="o{n}"/><parallelGateway id="c{n}"/>')
        parts += [f'<userTask id="{side}{n}" name="{side}" {DESK}/>' for side in "ab"]
        pairs += [(before, f"o{n}"), (f"o{n}", f"a{n}"), (f"o{n}", f"b{n}"), (f"a{n}", f"c{n}"), (f"b{n}", f"c{n}")]
        before = f"c{n}"
    return _drawing(*parts, '<endEvent id="e"/>', _flows(*pairs, (before, "e")))


def _branches(width: int, length: int, kind: str = "parallelGateway") -> bytes:
    """So many branches of so many steps: (length + 1) to the power of width states."""
    parts = [f'<startEvent id="s"/><{kind} id="o"/><{kind} id="c"/><endEvent id="e"/>']
    pairs = [("s", "o"), ("c", "e")]
    for branch in range(width):
        names = [f"t{branch}x{place}" for place in range(length)]
        parts += [f'<userTask id="{name}" name="x" {DESK}/>' for name in names]
        way = ["o", *names, "c"]
        pairs += list(pairwise(way))
    return _drawing(*parts, _flows(*pairs))


def _inclusive_mesh(count: int) -> bytes:
    """Every inclusive gateway leads to every other."""
    parts = ['<startEvent id="s"/><endEvent id="e"/>', *(f'<inclusiveGateway id="g{n}"/>' for n in range(count))]
    pairs = [("s", "g0"), (f"g{count - 1}", "e")]
    pairs += [(f"g{a}", f"g{b}") for a in range(count) for b in range(count) if a != b]
    return _drawing(*parts, _flows(*pairs))


def _scopes(count: int) -> bytes:
    """Each sub-process is as hard to prove as can be."""
    inner = _branches(4, 5).decode()[len(HEAD) : -len(TAIL)]
    parts, pairs, before = ['<startEvent id="s0"/>'], [], "s0"
    for n in range(count):
        own = inner.replace('id="', f'id="z{n}').replace('Ref="', f'Ref="z{n}')
        parts.append(f'<subProcess id="u{n}">{own}</subProcess>')
        pairs.append((before, f"u{n}"))
        before = f"u{n}"
    return _drawing(*parts, '<endEvent id="e0"/>', _flows(*pairs, (before, "e0")))


def _conditions(text: str, count: int) -> bytes:
    """A decision with so many conditions."""
    ways = "".join(_flow(n, "g", "e", text) for n in range(count))
    start = '<startEvent id="s"/><exclusiveGateway id="g" default="d"/><endEvent id="e"/>'
    return _drawing(start, ways, _flow(count, "s", "g"), _flow(count + 1, "g", "e").replace(f"f{count + 1}", "d"))


def _link(number: int, kind: str) -> str:
    name = f"intermediate{kind}Event"
    return f'<{name} id="{kind}{number}"><linkEventDefinition name="x"/></{name}>'


def _nested(depth: int) -> bytes:
    return _drawing('<subProcess id="x">' * depth, "</subProcess>" * depth)


def _zip() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("visio/document.xml", "0" * 1_000_000)
    return written.getvalue()


def _tasks(count: int) -> bytes:
    return _drawing(*(f'<userTask id="t{n}"/>' for n in range(count)))


def _external(system: str) -> bytes:
    return f'<!DOCTYPE definitions [<!ENTITY x SYSTEM "{system}">]>{HEAD}<task id="t" name="&x;"/>{TAIL}'.encode()


def _attributes(text: str, count: int) -> bytes:
    return f"<definitions {' '.join(text.replace('{n}', str(n)) for n in range(count))}/>".encode()


def _utf7() -> bytes:
    hidden = base64.b64encode("<!DOCTYPE a>".encode("utf-16-be")).decode().rstrip("=")
    return f'<?xml version="1.0" encoding="UTF-7"?>+{hidden}-{HEAD}{TAIL}'.encode()


#: Name → file that must be refused, with a part of the sentence that says why.
REFUSED: dict[str, tuple[bytes, str]] = {
    "billion laughs": (_laughs().encode(), "DOCTYPE"),
    "billion laughs in UTF-16": (_laughs().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16"), "DOCTYPE"),
    "billion laughs in UTF-16 without a mark": (_laughs().encode("utf-16-le"), "pas du XML lisible"),
    "quadratic entity": (_quadratic(), "DOCTYPE"),
    "external entity": (_external("file:///etc/passwd"), "DOCTYPE"),
    "external entity over HTTP": (_external("http://127.0.0.1:9/"), "DOCTYPE"),
    "parameter entity": (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///dev/zero"> %x;]>' + _tasks(1), "DOCTYPE"),
    "UTF-7": (_utf7(), "encodage"),
    "UTF-32": (("\ufeff" + _tasks(1).decode()).encode("utf-32-le"), "lisible"),
    "EBCDIC": (b'<?xml version="1.0" encoding="cp037"?>' + _tasks(1), "encodage"),
    "50 MB": (HEAD.encode() + b"<task/>" * 7_500_000 + TAIL.encode(), "2 Mo"),
    "50 MB of nothing": (b" " * 50_000_000, "2 Mo"),
    "zip": (_zip(), "archive (ZIP)"),
    "binary": (bytes(range(256)) * 100, "UTF-8"),
    "empty": (b"", "XML lisible"),
    "ten thousand elements": (_tasks(10_000), "éléments"),
    "half a million tags": (HEAD.encode() + b"<a/>" * 480_000 + TAIL.encode(), "éléments"),
    "a hundred thousand attributes": (
        _attributes('a{n}=""', 100_000),
        "",
    ),
    "a hundred thousand namespaces": (
        _attributes('xmlns:a{n}="u{n}"', 60_000),
        "",
    ),
    "a name of a megabyte": (_drawing(f'<task id="t" name="{"a" * 1_000_000}"/>'), "caractères"),
    "a thousand sub-processes within one another": (_nested(1_000), "niveaux"),
    "a hundred sub-processes within one another": (_nested(100), "niveaux"),
    "never closed": (b"<a>" * 600_000, ""),
    "twelve thousand arrows": (_conditions("", 12_000), "flèches"),
}  # fmt: skip

#: Name → file that may be taken or not, but in bounded time and memory.
LABORIOUS: dict[str, bytes] = {
    "diamonds": _diamonds(70),
    "ten branches of twenty steps": _branches(10, 20),
    "a hundred branches": _branches(100, 2),
    "inclusive branches": _branches(30, 5, "inclusiveGateway"),
    "inclusive mesh": _inclusive_mesh(30),
    "hard sub-processes": _scopes(12),
    "expression bombs": _conditions("count(for i in 1..100000 return i) > 0", 400),
    "long expressions": _conditions("[" + ",".join(["1"] * 480) + "]", 300),
    "deep expressions": _conditions("(" * 400 + "1" + ")" * 400, 300),
    "deep JUEL": _conditions("${" + "(" * 400 + "a" + ")" * 400 + "}", 300),
    "negated JUEL": _conditions("${" + "!" * 900 + "a}", 300),
    "long JUEL": _conditions("${" + " && ".join(["a > 1"] * 110) + "}", 300),
    "JUEL of quotes": _conditions("${" + "'" * 999, 300),
    "scripts": _drawing(*(f'<scriptTask id="t{n}"><script>{"x" * 5_000}</script></scriptTask>' for n in range(250))),
    "all kinds of questions": _drawing(*(f'<task id="t{n}" camunda:candidateGroups="{GROUPS}"/>' for n in range(250))),
    "links": _drawing(*(_link(n, kind) for n in range(140) for kind in ("Throw", "Catch"))),
    "sub-processes within one another": _nested(50),
    "calls itself": _drawing(
        f'<startEvent id="s"/><callActivity id="c" calledElement="p" {DESK}/><endEvent id="e"/>',
        _flows(("s", "c"), ("c", "e")),
    ),
    "circle of links and flows": _drawing(
        '<startEvent id="s"/><exclusiveGateway id="g"/><exclusiveGateway id="h"/>',
        _flows(("s", "g"), ("g", "h"), ("h", "g")),
    ),
    "many words": _drawing(*(f"<textAnnotation id='n{n}'><text>{WORDS}</text></textAnnotation>" for n in range(9_000))),
}  # fmt: skip

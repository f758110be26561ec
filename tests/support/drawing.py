"""Small drawings in a few words."""

from __future__ import annotations

from html import escape

START = '<bpmn:startEvent id="start"/>'
END = '<bpmn:endEvent id="end"/>'
REJECTED = '<bpmn:endEvent id="rejected" parapheur:result="rejected"/>'


def step(name: str, *, kind: str = "visa", desk: str = "dgs") -> str:
    """A user task."""
    return f'<bpmn:userTask id="{name}" name="Étape {name}" parapheur:kind="{kind}" parapheur:desk="{desk}"/>'


def parallel(name: str) -> str:
    """A parallel gateway."""
    return f'<bpmn:parallelGateway id="{name}" name="{name}"/>'


def exclusive(name: str, default: str | None) -> str:
    """A decision; ``default`` is the label of its default flow."""
    chosen = f' default="{name}-{default}"' if default else ""
    return f'<bpmn:exclusiveGateway id="{name}" name="{name}"{chosen}/>'


def flow(words: str) -> str:
    """``a>b``, ``a>b:label`` or ``a>b:label:condition``, separated by spaces."""
    made = []
    for number, word in enumerate(words.split()):
        arrow, _, rest = word.partition(":")
        label, _, condition = rest.partition(":")
        source, target = arrow.split(">", 1)
        identifier = f"{source}-{label}" if label else f"flow-{number}"
        inside = f"<bpmn:conditionExpression>{escape(condition)}</bpmn:conditionExpression>" if condition else ""
        made.append(
            f'<bpmn:sequenceFlow id="{identifier}" sourceRef="{source}" targetRef="{target}">'
            f"{inside}</bpmn:sequenceFlow>"
        )
    return "".join(made)


def drawing(*elements: str) -> bytes:
    """A whole file."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:parapheur="urn:parapheur:bpmn:1"'
        ' targetNamespace="t"><bpmn:process id="p" isExecutable="true">'
        + "".join(elements)
        + "</bpmn:process></bpmn:definitions>"
    ).encode()

"""``python -m bench [FAMILY…]``: measure, print a table, write ``var/bench.json``.

Exit status: 0 all was measured that could be, 1 a measure failed, 2 wrong usage.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import engine, rules, signing, state, whole
from bench.measure import Family, Figure, NotMeasured
from bench.table import table

FAMILIES: Mapping[str, Family] = {
    "engine": engine.FAMILY,
    "state": state.FAMILY,
    "rules": rules.FAMILY,
    "signing": signing.FAMILY,
    "whole": whole.FAMILY,
}
OUTPUT = Path("var/bench.json")
OK, FAILED, WRONG_USAGE = 0, 1, 2


def main(arguments: Sequence[str], families: Mapping[str, Family] = FAMILIES, output: Path = OUTPUT) -> int:
    """Run the families named, all of them when none is."""
    usage = f"Usage : python -m bench [FAMILLE…]\nFamilles : {', '.join(families)}."
    if {"-h", "--help"} & set(arguments):
        print(f"Mesurer le parapheur et écrire {output}.\n{usage}")
        return OK
    unknown = [name for name in arguments if name not in families]
    if unknown:
        print(f"Famille de mesures inconnue : « {' », « '.join(unknown)} ».\n{usage}", file=sys.stderr)
        return WRONG_USAGE
    try:
        kept = _kept(output, [families[name] for name in families if arguments and name not in arguments])
    except (ValueError, TypeError, KeyError):
        print(f"{output} ne peut pas être lu ; supprimez-le, puis recommencez.", file=sys.stderr)
        return WRONG_USAGE
    chosen = list(dict.fromkeys(arguments)) or list(families)
    made: list[Figure] = []
    well = True
    for name in chosen:
        figures, family_well = _run(name, families[name])
        made += figures
        well = well and family_well
        _write(output, [*kept, *(figure.as_json() for figure in made)])  # what is measured is not lost with the rest
    print(table(made))
    print("\nRapport : coût rapporté au plancher ; en unité × : combien de fois plus lent est le comparé.")
    print(f"Écrit : {output}")
    return OK if well else FAILED


def _run(name: str, family: Family) -> tuple[list[Figure], bool]:
    figures: list[Figure] = []
    well = True
    for measure in family:
        start, before = time.monotonic(), len(figures)
        try:
            for figure in measure.run():
                assert figure.name in measure.names, figure.name
                figures.append(figure)
        except NotMeasured as reason:
            print(f"{name} : {', '.join(measure.names)} : non mesuré. {reason}", file=sys.stderr)
        except Exception:  # one measure that fails does not lose the others
            well = False
            traceback.print_exc()
            print(f"{name} : {', '.join(measure.names)} : la mesure a échoué, voir ci-dessus.", file=sys.stderr)
        else:
            told = ", ".join(figure.name for figure in figures[before:])
            print(f"{name} : {told} ({time.monotonic() - start:.0f} s)", file=sys.stderr)
    return figures, well


def _kept(output: Path, others: Sequence[Family]) -> list[dict[str, object]]:
    """What the file holds of the families that are not run this time."""
    if not others or not output.exists():
        return []
    names = {name for family in others for measure in family for name in measure.names}
    return [item for item in json.loads(output.read_text(encoding="utf-8")) if item["name"] in names]


def _write(output: Path, items: list[dict[str, object]]) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    waiting = output.with_suffix(".part")
    waiting.write_text(json.dumps(items, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    waiting.replace(output)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

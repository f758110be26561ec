"""The command ``parapheur``. Exit status: 0 all is well, 1 what was checked is not well, 2 wrong usage."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2


class _FrenchParser(argparse.ArgumentParser):
    """argparse speaks English; the words people see are ours."""

    def format_help(self) -> str:
        text = super().format_help()
        for english, french in (
            ("usage:", "Usage :"),
            ("positional arguments:", "Arguments :"),
            ("options:", "Options :"),
            ("show this help message and exit", "afficher cette aide"),
        ):
            text = text.replace(english, french)
        return text

    def error(self, message: str) -> None:  # type: ignore[override]
        for english, french in (
            ("the following arguments are required:", "il manque :"),
            ("unrecognized arguments:", "arguments inconnus :"),
            ("invalid choice:", "choix inconnu :"),
            ("choose from", "au choix"),
            ("expected one argument", "une valeur est attendue"),
            ("argument ", ""),
        ):
            message = message.replace(english, french)
        self.exit(WRONG_USAGE, f"{self.prog} : {message}\nAide : {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the console script."""
    from parapheur.settings import SettingsFault

    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt:
        return OK
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _FrenchParser(prog="parapheur", description="Parapheur électronique et moteur de circuits.")
    commands = parser.add_subparsers(title="Commandes", metavar="COMMANDE", required=True, parser_class=_FrenchParser)

    def command(name: str, run: object, help_: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_)
        made.set_defaults(run=run)
        return made

    command("serve", _serve, "Démarrer le serveur web.")
    command("worker", _worker, "Démarrer un processus de travail : courriels, échéances.")
    demo = command("demo", _demo, "Démarrer une commune fictive pour essayer le parapheur.")
    demo.add_argument("--host", default="127.0.0.1", help="adresse sur laquelle écouter ; 0.0.0.0 sert en HTTPS")
    demo.add_argument("--port", type=int, default=8000, help="port sur lequel écouter (8000)")
    demo.add_argument("--reset", action="store_true", help="effacer les données de la démonstration et recommencer")
    circuits = command("circuits", None, "Travailler sur des fichiers de circuits.")
    actions = circuits.add_subparsers(title="Actions", metavar="ACTION", required=True, parser_class=_FrenchParser)
    check = actions.add_parser("check", help="Vérifier des circuits BPMN.", description="Vérifier des circuits BPMN.")
    check.add_argument("files", nargs="+", type=Path, metavar="FICHIER")
    check.set_defaults(run=_check_circuits)
    verify = command("verify", _verify, "Vérifier les signatures de fichiers PDF.")
    verify.add_argument("files", nargs="+", type=Path, metavar="FICHIER")
    verify.add_argument("--json", action="store_true", help="donner le rapport technique en JSON")
    verify.add_argument(
        "--trust", type=Path, action="append", default=[], metavar="AC.pem", help="autorité à reconnaître"
    )
    verify.add_argument(
        "--revocation",
        choices=("auto", "required", "none"),
        default="auto",
        help="auto : si le certificat nomme une source ; required : toujours ; none : jamais",
    )
    command("migrate", _migrate, "Mettre la base de données à jour.")
    command("doctor", _doctor, "Dire ce qui ne va pas dans cette installation, et comment y remédier.")
    return parser


def _serve(_options: argparse.Namespace) -> int:
    from parapheur.serving import serve
    from parapheur.settings import load_settings

    return serve(load_settings())


def _worker(_options: argparse.Namespace) -> int:
    from parapheur.serving import work
    from parapheur.settings import load_settings

    return work(load_settings())


def _demo(options: argparse.Namespace) -> int:
    from parapheur.demo.supervise import run_demo

    return run_demo(options.host, options.port, reset=options.reset)


def _check_circuits(options: argparse.Namespace) -> int:
    from engine.circuits import Level, check_circuit

    status = OK
    for path in options.files:
        if not path.is_file():
            print(f"{path} : ce fichier n’existe pas.", file=sys.stderr)
            return WRONG_USAGE
        findings = check_circuit(path.read_bytes())
        if any(finding.level is Level.ERROR for finding in findings):
            status = NOT_WELL
        if not findings:
            print(f"{path} : ce circuit peut être publié.")
        for finding in findings:
            word = "erreur" if finding.level is Level.ERROR else "à revoir"
            where = f" [{finding.element_id}]" if finding.element_id else ""
            print(f"{path} : {word}{where} : {finding.sentence} {finding.remedy}")
    return status


def _verify(options: argparse.Namespace) -> int:
    from parapheur.settings import load_settings
    from parapheur.verifying import verify_files

    return verify_files(options, load_settings())


def _migrate(_options: argparse.Namespace) -> int:
    from parapheur.migrating import is_up_to_date, migrate
    from parapheur.settings import load_settings
    from parapheur.wiring import open_database

    database = open_database(load_settings())
    if is_up_to_date(database):
        print("La base de données est à jour.")
        return OK
    migrate(database)
    print("La base de données a été mise à jour.")
    return OK


def _doctor(_options: argparse.Namespace) -> int:
    from parapheur.doctor import examine
    from parapheur.settings import load_settings

    return examine(load_settings())


if __name__ == "__main__":
    sys.exit(main())

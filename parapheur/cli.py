"""The command ``parapheur``.

Exit status: 0 all is well, 1 what was checked is not well or cannot start, 2 wrong usage, settings included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from parapheur.arguments import WRONG_USAGE, FrenchParser, count, french_words, port

OK, NOT_WELL = 0, 1
#: What shells expect of a command that Ctrl-C ended, or that nobody listens to any more.
INTERRUPTED = 130


#: What the commands on versions of circuits have in common.
_IN_TENANT: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("--tenant",), {"required": True, "metavar": "COLLECTIVITÉ", "help": "nom court de la collectivité"}),
    (("--by",), {"metavar": "ADRESSE", "help": "adresse électronique de qui le fait, pour le journal"}),
)
_SHORT_NAME = (("short_name",), {"metavar": "NOM-COURT", "help": "nom court du circuit"})
_VERSIONS: tuple[tuple[str, str, tuple[tuple[tuple[str, ...], dict[str, Any]], ...]], ...] = (
    (
        "publish",
        "Publier un circuit, que prendront les prochains dossiers, ou une table de décision.",
        (
            (
                ("file",),
                {"type": Path, "metavar": "FICHIER", "help": "dessin BPMN 2.0, ou décisions DMN (.dmn)"},
            ),
            (("--short-name",), {"metavar": "NOM-COURT", "help": "son nom court ; sans lui, celui du fichier"}),
            (("--name",), {"metavar": "NOM", "help": "son nom ; sans lui, celui du dessin"}),
        ),
    ),
    ("retire", "Retirer un circuit : plus aucun dossier ne le commence.", (_SHORT_NAME,)),
    (
        "migrate",
        "Faire passer les dossiers en cours d’un circuit à sa dernière version.",
        (
            _SHORT_NAME,
            (("--dry-run",), {"action": "store_true", "help": "dire ce qui serait fait, sans rien changer"}),
        ),
    ),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the console script."""
    with french_words():
        options = _parser().parse_args(arguments)
    from parapheur.migrating import DatabaseFault
    from parapheur.settings import SettingsFault

    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except SettingsFault as fault:
        print(fault, file=sys.stderr)
        return WRONG_USAGE
    except DatabaseFault as fault:
        print(fault, file=sys.stderr)
        return NOT_WELL
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # « | head »: who reads has seen enough
        sys.stdout = None  # type: ignore[assignment]  # nothing is left to be flushed at exit
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = FrenchParser(prog="parapheur", description="Parapheur électronique et moteur de circuits.")
    commands = parser.add_subparsers(title="Commandes\u00a0", metavar="COMMANDE", required=True)

    def command(name: str, run: object, help_: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_)
        made.set_defaults(run=run)
        return made

    command("serve", _serve, "Démarrer le serveur web.")
    command("worker", _worker, "Démarrer un processus de travail : courriels, échéances.")
    demo = command("demo", _demo, "Démarrer une commune fictive pour essayer le parapheur.")
    demo.add_argument("--host", default="127.0.0.1", help="adresse sur laquelle écouter ; 0.0.0.0 sert en HTTPS")
    demo.add_argument("--port", type=port, default=8000, help="port sur lequel écouter (8000)")
    demo.add_argument("--reset", action="store_true", help="effacer les données de la démonstration et recommencer")
    circuits = command("circuits", None, "Travailler sur des fichiers de circuits.")
    actions = circuits.add_subparsers(title="Actions\u00a0", metavar="ACTION", required=True)
    help_ = "Vérifier des circuits BPMN et des tables de décision DMN."
    check = actions.add_parser("check", help=help_, description=help_)
    what = "dessin BPMN 2.0, ou décisions DMN (.dmn)"
    check.add_argument("files", nargs="+", type=Path, metavar="FICHIER", help=what)
    check.add_argument("--tenant", metavar="COLLECTIVITÉ", help="avec les bureaux et circuits de cette collectivité")
    check.add_argument("--json", action="store_true", help="donner ce qui est trouvé en JSON")
    check.set_defaults(run=_check_circuits)
    help_ = "Importer un circuit dessiné avec un autre logiciel."
    import_ = actions.add_parser("import", help=help_, description=help_)
    import_.add_argument("file", type=Path, metavar="FICHIER", help="dessin BPMN 2.0")
    import_.add_argument("--answers", type=Path, metavar="RÉPONSES", help="réponses à donner, en .toml ou .json")
    import_.add_argument("--tenant", metavar="COLLECTIVITÉ", help="avec les bureaux et circuits de cette collectivité")
    import_.add_argument("--output", type=Path, metavar="CIRCUIT", help="fichier à écrire (FICHIER.parapheur.bpmn)")
    import_.set_defaults(run=_import_circuit)
    for name, help_, arguments in _VERSIONS:
        action = actions.add_parser(name, help=help_, description=help_)
        for words, how in (*arguments, *_IN_TENANT):
            action.add_argument(*words, **how)
        action.set_defaults(run=_version_circuits, action=name)
    verify = command("verify", _verify, "Vérifier les signatures de fichiers PDF.")
    verify.add_argument("files", nargs="+", type=Path, metavar="FICHIER", help="document PDF")
    verify.add_argument("--json", action="store_true", help="donner le rapport technique en JSON")
    verify.add_argument(
        "--trust",
        type=Path,
        action="append",
        default=[],
        metavar="AC.pem",
        help="autorité à reconnaître cette fois, en plus des réglages (PEM ou DER) ; peut être répété",
    )
    verify.add_argument(
        "--revocation",
        choices=("auto", "required", "none"),
        default="auto",
        help="auto : si le certificat nomme une source ; required : toujours ; none : jamais",
    )
    creating = command("create-tenant", _create_tenant, "Créer une collectivité et inviter qui l’administrera.")
    creating.epilog = "Ce qui manque est demandé, dans un terminal."
    for name, metavar, help_ in (
        ("--name", "NOM", "nom de la collectivité"),
        ("--short-name", "NOM-COURT", "son nom court ; sans lui, tiré du nom"),
        ("--zone", "FUSEAU", "son fuseau horaire (Europe/Paris)"),
        ("--email", "ADRESSE", "adresse électronique de la personne qui l’administrera"),
        ("--given-name", "PRÉNOM", "son prénom"),
        ("--surname", "NOM", "son nom"),
        ("--title", "QUALITÉ", "sa qualité, par exemple « Secrétaire de mairie »"),
    ):
        creating.add_argument(name, metavar=metavar, help=help_)
    overseeing = command("platform-admin", _oversee, "Confier l’installation à une personne, ou la lui retirer.")
    overseeing.add_argument("email", metavar="ADRESSE", help="adresse électronique de son compte")
    overseeing.add_argument("--revoke", action="store_true", help="la lui retirer")
    resetting = command("reset-second-factor", _reset_factor, "Retirer un second facteur perdu.")
    resetting.add_argument("email", metavar="ADRESSE", help="adresse électronique du compte")
    _configuration(command("config", None, "Exporter ou importer toute la configuration d’une collectivité."))
    command("migrate", _migrate, "Mettre la base de données à jour.")
    _house(command)
    command("doctor", _doctor, "Dire ce qui ne va pas dans cette installation, et comment y remédier.")
    return parser


def _house(command: Callable[[str, object, str], argparse.ArgumentParser]) -> None:
    """The services of the house: saving, restoring, updating, running under systemd."""
    backup = command("backup", _run("run_backup"), "Sauvegarder la base et les documents, sans rien arrêter.")
    backup.add_argument(
        "file", type=Path, metavar="FICHIER", help="fichier à écrire ; dans un dossier, son nom est la date"
    )
    backup.add_argument("--keep", type=count, metavar="N", help="n’en garder que N dans ce dossier, les plus récentes")
    restore = command("restore", _run("run_restore"), "Restaurer une sauvegarde, dans une base et un dossier vides.")
    restore.add_argument("file", type=Path, metavar="FICHIER", help="sauvegarde faite par « parapheur backup »")
    upgrade = command("upgrade", _run("run_upgrade"), "Sauvegarder, mettre la base à jour, puis tout vérifier.")
    help_ = "dossier de la sauvegarde d’avant ; sans lui, « sauvegardes » dans le dossier des données"
    upgrade.add_argument("--backup", type=Path, metavar="DOSSIER", help=help_)
    units = command("systemd", _systemd, "Montrer, ou écrire, les unités systemd de cette installation.")
    units.add_argument("folder", nargs="?", type=Path, metavar="DOSSIER", help="où les écrire ; sans lui, les montrer")
    units.add_argument("--user", default="parapheur", metavar="COMPTE", help="compte du système (parapheur)")
    data, config = Path("/var/lib/parapheur"), Path("/etc/parapheur/parapheur.toml")
    backups = Path("/var/backups/parapheur")
    units.add_argument("--data", type=Path, default=data, metavar="DOSSIER", help=f"dossier des données ({data})")
    units.add_argument("--config", type=Path, default=config, metavar="FICHIER", help=f"réglages ({config})")
    units.add_argument("--backups", type=Path, default=backups, metavar="DOSSIER", help=f"sauvegardes ({backups})")
    units.add_argument("--keep", type=count, default=14, metavar="N", help="sauvegardes à garder (14)")
    units.add_argument("--command", type=Path, metavar="FICHIER", help="commande parapheur ; sans lui, celle-ci")


def _systemd(options: argparse.Namespace) -> int:
    from parapheur.systemd import show_or_write

    return show_or_write(options)


def _run(name: str) -> Callable[[argparse.Namespace], int]:
    """A command of :mod:`parapheur.housekeeping`, loaded when it is asked for."""

    def run(options: argparse.Namespace) -> int:
        from parapheur import housekeeping
        from parapheur.settings import load_settings

        done: int = getattr(housekeeping, name)(options, load_settings())
        return done

    return run


def _configuration(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="Actions\u00a0", metavar="ACTION", required=True)
    town: dict[str, Any] = {"required": True, "metavar": "COLLECTIVITÉ", "help": "nom court de la collectivité"}
    help_ = "Écrire la configuration d’une collectivité dans un fichier."
    export = actions.add_parser("export", help=help_, description=help_)
    export.add_argument("file", nargs="?", type=Path, metavar="FICHIER", help="à écrire ; sans lui, à l’écran")
    export.add_argument("--tenant", **town)
    export.set_defaults(run=_export_configuration)
    help_ = "Amener une collectivité à ce que dit un fichier : tout, ou rien."
    import_ = actions.add_parser("import", help=help_, description=help_)
    import_.add_argument("file", type=Path, metavar="FICHIER", help="écrit par « parapheur config export »")
    import_.add_argument("--tenant", **town)
    import_.add_argument(
        "--by", required=True, metavar="ADRESSE", help="adresse électronique de qui le fait, pour le journal"
    )
    import_.add_argument("--dry-run", action="store_true", help="dire ce qui changerait, sans rien changer")
    import_.add_argument("--invite", action="store_true", help="envoyer une invitation aux personnes qui entrent")
    import_.set_defaults(run=_import_configuration)


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
    from parapheur.checking import check_files

    if not options.tenant:
        return check_files(options.files, as_json=options.json)
    from parapheur.settings import load_settings

    return check_files(options.files, load_settings(), options.tenant, as_json=options.json)


def _version_circuits(options: argparse.Namespace) -> int:
    from parapheur.publishing import run
    from parapheur.settings import load_settings

    return run(options, load_settings())


def _import_circuit(options: argparse.Namespace) -> int:
    from parapheur.importing import import_file

    if not options.tenant:
        return import_file(options)
    from parapheur.settings import load_settings

    return import_file(options, load_settings())


def _export_configuration(options: argparse.Namespace) -> int:
    from parapheur.configuring import export_file
    from parapheur.settings import load_settings

    return export_file(options, load_settings())


def _import_configuration(options: argparse.Namespace) -> int:
    from parapheur.configuring import import_file
    from parapheur.settings import load_settings

    return import_file(options, load_settings())


def _verify(options: argparse.Namespace) -> int:
    from parapheur.settings import load_settings
    from parapheur.verifying import verify_files

    return verify_files(options, load_settings())


def _create_tenant(options: argparse.Namespace) -> int:
    from parapheur.creating import create
    from parapheur.settings import load_settings

    return create(options, load_settings())


def _oversee(options: argparse.Namespace) -> int:
    from parapheur.overseeing import oversee
    from parapheur.settings import load_settings

    return oversee(options, load_settings())


def _reset_factor(options: argparse.Namespace) -> int:
    from parapheur.overseeing import reset_factor
    from parapheur.settings import load_settings

    return reset_factor(options, load_settings())


def _migrate(_options: argparse.Namespace) -> int:
    from parapheur.migrating import is_up_to_date, migrate
    from parapheur.settings import load_settings
    from parapheur.wiring import open_database

    database = open_database(load_settings())
    try:
        if is_up_to_date(database):
            print("La base de données est à jour.")
            return OK
        migrate(database)
    finally:
        database.dispose()
    print("La base de données a été mise à jour.")
    return OK


def _doctor(_options: argparse.Namespace) -> int:
    from parapheur.doctor import examine
    from parapheur.settings import load_settings

    return examine(load_settings())


if __name__ == "__main__":
    sys.exit(main())

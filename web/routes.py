"""Every address of the product with its access rule."""

from __future__ import annotations

from starlette.routing import Route

from engine.folders.trays import Tray
from web import (
    absences,
    acts,
    administration,
    administration_circuits,
    administration_configuration,
    administration_delegations,
    administration_desks,
    administration_journal,
    administration_types,
    administration_works,
    certificates,
    demo,
    deposit,
    documents,
    doors,
    drafts,
    factor,
    folders,
    going_back,
    health,
    installation,
    legal,
    paper,
    sessions,
    signature,
    step_acts,
    trays,
    verify,
    whole,
)
from web import administration_calendar as calendar
from web import administration_charge as charge
from web import administration_leaving as leaving
from web import administration_renewal as renewal
from web import administration_security as security
from web import administration_stuck as stuck
from web import installation_towns as towns
from web.visits import Access, View, route

_POST = ("POST",)


def routes() -> list[Route]:
    """The table."""
    public, demo_only, enrolling = Access.PUBLIC, Access.DEMO, Access.ENROLLING
    return [
        route("/", trays.home),
        route("/connexion", doors.show_log_in, access=public),
        route("/connexion", doors.do_log_in, access=public, methods=_POST),
        route("/connexion/second-facteur", factor.show_challenge, access=public),
        route("/connexion/second-facteur", factor.do_challenge, access=public, methods=_POST),
        route("/deconnexion", doors.do_log_out, access=enrolling, methods=_POST),
        route("/mot-de-passe-oublie", doors.show_forgotten, access=public),
        route("/mot-de-passe-oublie", doors.do_forgotten, access=public, methods=_POST),
        route("/choisir-mot-de-passe/{secret}", doors.show_choose, access=public),
        route("/choisir-mot-de-passe/{secret}", doors.do_choose, access=public, methods=_POST),
        *(route(address, trays.show_tray(which)) for which, (address, _, _) in trays.TRAYS.items() if which in Tray),
        route("/bannettes/compteurs", trays.counters),
        route("/deposer", deposit.show_deposit),
        route("/deposer", deposit.do_deposit, methods=_POST),
        route("/deposer/circuit", deposit.show_circuit),
        route("/dossiers/{folder}", folders.show_folder),
        route("/dossiers/{folder}/envoyer", acts.do_send, methods=_POST),
        route("/dossiers/{folder}/supprimer", acts.show_discard),
        route("/dossiers/{folder}/supprimer", acts.do_discard, methods=_POST),
        route("/dossiers/{folder}/viser", acts.show_visa),
        route("/dossiers/{folder}/viser", acts.do_visa, methods=_POST),
        route("/dossiers/{folder}/rejeter", acts.show_reject),
        route("/dossiers/{folder}/rejeter", acts.do_reject, methods=_POST),
        route("/dossiers/{folder}/renvoyer", acts.show_refer_back),
        route("/dossiers/{folder}/renvoyer", acts.do_refer_back, methods=_POST),
        *_step_acts(),
        route("/dossiers/{folder}/recuperer", going_back.show_undo),
        route("/dossiers/{folder}/recuperer", going_back.do_undo, methods=_POST),
        route("/dossiers/{folder}/revenir", going_back.show_return),
        route("/dossiers/{folder}/revenir", going_back.do_return, methods=_POST),
        *_whole_folder(),
        route("/dossiers/{folder}/journal", folders.show_journal),
        route("/dossiers/{folder}/telecharger", documents.download),
        route("/dossiers/{folder}/documents/{version}", documents.show_document),
        route("/dossiers/{folder}/documents/{version}/page-1.jpg", documents.show_first_page),
        route("/dossiers/{folder}/signature/verifier", signature.check, methods=_POST),
        route("/dossiers/{folder}/signature/preparer", signature.prepare, methods=_POST),
        route("/dossiers/{folder}/signature/terminer", signature.finish, methods=_POST),
        route("/dossiers/{folder}/signature/{prepared}/document", signature.prepared_document),
        *_administration(),
        route(factor.FACTOR, factor.show_factor, access=enrolling),
        route(f"{factor.FACTOR}/commencer", factor.do_begin, access=enrolling, methods=_POST),
        route(factor.CONFIRM, factor.show_confirm, access=enrolling),
        route(factor.CONFIRM, factor.do_confirm, access=enrolling, methods=_POST),
        route(f"{factor.FACTOR}/codes-de-secours", factor.do_renew_codes, access=enrolling, methods=_POST),
        route(f"{factor.FACTOR}/desactiver", factor.do_turn_off, access=enrolling, methods=_POST),
        route(absences.ABSENCES, absences.show_absences),
        route(absences.ABSENCES, absences.do_declare, methods=_POST),
        route(f"{absences.ABSENCES}/{{delegation}}/terminer", absences.do_end, methods=_POST),
        route("/mes-sessions", sessions.show_sessions),
        route("/mes-sessions/fermer", sessions.do_close, methods=_POST),
        route("/mes-sessions/fermer-les-autres", sessions.do_close_others, methods=_POST),
        route("/mes-collectivites", sessions.show_tenants),
        route("/mes-collectivites", sessions.do_enter, methods=_POST),
        route("/mes-certificats", certificates.show_certificates),
        route("/mes-certificats/verifier", signature.register, methods=_POST),
        route("/verifier", verify.show_verify, access=public),
        route("/verifier", verify.do_verify, access=public, methods=_POST, crowd=verify.SENDING),
        route("/demo/courriels", demo.show_mails, access=demo_only),
        route("/demo/courriels/{mail}", demo.show_mail, access=demo_only),
        route("/demo/courriels/{mail}/html", demo.show_mail_html, access=demo_only),
        route("/sante", health.show_health, access=public),
        route("/mentions-legales", legal.show_notices, access=public),
        route("/donnees-personnelles", legal.show_privacy, access=public),
        *_installation(),
    ]


def _installation() -> list[Route]:
    """What those who look after the installation may call; none of it enters a tenant."""
    table = [
        (towns.TOWNS, towns.show_towns, False),
        (f"{towns.TOWNS}/ouvrir", towns.show_open, False),
        (f"{towns.TOWNS}/ouvrir", towns.do_open, True),
        (f"{towns.TOWNS}/{{town}}/fermer", towns.show_close, False),
        (f"{towns.TOWNS}/{{town}}/fermer", towns.do_close, True),
        (f"{towns.TOWNS}/{{town}}/rouvrir", towns.do_reopen, True),
        ("/installation/sante", installation.show_health, False),
        (installation.WORKS, installation.show_works, False),
        (f"{installation.WORKS}/reessayer", installation.do_try_all_again, True),
        (f"{installation.WORKS}/{{work}}/reessayer", installation.do_try_again, True),
    ]
    return [
        route(path, view, access=Access.PLATFORM, methods=_POST if sent else ("GET",)) for path, view, sent in table
    ]


def _whole_folder() -> list[Route]:
    """Acts on a whole folder: those that ask nothing lead back to it when their address is only read."""
    base = "/dossiers/{folder}"
    at_once = {
        "suivre": whole.do_follow,
        "ne-plus-suivre": whole.do_unfollow,
        "dupliquer": whole.do_duplicate,
        "archiver": whole.do_archive,
        "desarchiver": whole.do_unarchive,
    }
    asked = {
        "recycler": (whole.show_recycle, whole.do_recycle),
        "modifier": (drafts.show_edit, drafts.do_edit),
        "enchainer": (whole.show_chain, whole.do_chain),
        "arreter": (whole.show_stop, whole.do_stop),
    }
    pairs = {**{path: (whole.back_to_folder, do) for path, do in at_once.items()}, **asked}
    return [
        made
        for path, (show, do) in pairs.items()
        for made in (route(f"{base}/{path}", show), route(f"{base}/{path}", do, methods=_POST))
    ]


def _step_acts() -> list[Route]:
    """What is done on an open step beside ending it: each asks on its page, then does."""
    table: list[tuple[str, View, View]] = [
        ("demander-avis", step_acts.show_ask, step_acts.do_ask),
        ("donner-avis", step_acts.show_give, step_acts.do_give),
        ("reprendre-question", step_acts.show_take_back, step_acts.do_take_back),
        ("transferer", step_acts.show_transfer, step_acts.do_transfer),
        ("relancer", step_acts.show_remind, step_acts.do_remind),
        ("signature-papier", paper.show_paper, paper.do_paper),
    ]
    return [
        made
        for path, show, do in table
        for made in (
            route(f"/dossiers/{{folder}}/{path}", show),
            route(f"/dossiers/{{folder}}/{path}", do, methods=_POST),
        )
    ]


def _administration() -> list[Route]:
    views, circuits, types = administration, administration_circuits, administration_types
    journal, configuration = administration_journal, administration_configuration
    people, desks = views.PEOPLE, administration_desks.DESKS
    tree = administration_desks
    table: list[tuple[str, View, bool]] = [
        ("/administration", views.home, False),
        (journal.JOURNAL, journal.show_journal, False),
        (f"{journal.JOURNAL}.csv", journal.download_journal, False),
        (stuck.STUCK, stuck.show_stuck, False),
        (f"{stuck.STUCK}/{{folder}}/{{token}}", stuck.show_bypass, False),
        (f"{stuck.STUCK}/{{folder}}/{{token}}", stuck.do_bypass, True),
        (people, views.show_people, False),
        (f"{people}/inviter", views.show_invite, False),
        (f"{people}/inviter", views.do_invite, True),
        (f"{people}/{{person}}", views.show_person, False),
        (f"{people}/{{person}}", views.do_change_person, True),
        (f"{people}/{{person}}/inviter", views.do_invite_again, True),
        (f"{people}/{{person}}/desactiver", views.show_disable, False),
        (f"{people}/{{person}}/desactiver", views.do_disable, True),
        (f"{people}/{{person}}/reactiver", views.do_enable, True),
        (f"{people}/{{person}}/second-facteur", security.do_reset, True),
        (f"{people}/{{person}}/depart", leaving.show_leaving, False),
        (f"{people}/{{person}}/depart", leaving.do_leave, True),
        (renewal.RENEWAL, renewal.show_renewals, False),
        (renewal.PREPARE, renewal.show_prepare, False),
        (f"{renewal.RENEWAL}/{{renewal}}/annuler", renewal.do_cancel, True),
        (calendar.CALENDAR, calendar.show_calendar, False),
        (calendar.CALENDAR, calendar.do_calendar, True),
        (security.SECURITY, security.show_security, False),
        (security.SECURITY, security.do_require, True),
        (desks, tree.show_desks, False),
        (f"{desks}/nouveau", tree.show_new_desk, False),
        (f"{desks}/nouveau", tree.do_add_desk, True),
        (f"{desks}/{{desk}}", tree.show_desk, False),
        (f"{desks}/{{desk}}", tree.do_change_desk, True),
        (f"{desks}/{{desk}}/fermer", tree.show_close, False),
        (f"{desks}/{{desk}}/fermer", tree.do_close, True),
        (f"{desks}/{{desk}}/rouvrir", tree.do_reopen, True),
        (f"{desks}/{{desk}}/supprimer", tree.do_delete, True),
    ]
    works, replaced = administration_works, administration_delegations
    table += [
        (circuits.CIRCUITS, circuits.show_circuits, False),
        (f"{circuits.CIRCUITS}/publier", circuits.show_upload, False),
        (f"{circuits.CIRCUITS}/publier", circuits.do_upload, True),
        (f"{circuits.DRAFTS}/{{draft}}", circuits.show_draft, False),
        (f"{circuits.DRAFTS}/{{draft}}/repondre", circuits.do_answer, True),
        (f"{circuits.DRAFTS}/{{draft}}/publier", circuits.do_publish, True),
        (f"{circuits.DRAFTS}/{{draft}}/retirer", circuits.do_discard, True),
        (f"{circuits.DRAFTS}/{{draft}}/telecharger", circuits.download_draft, False),
        (f"{circuits.CIRCUITS}/tables/{{table}}/{{number}}", circuits.download_table, False),
        (f"{circuits.CIRCUITS}/{{circuit}}", circuits.show_circuit, False),
        (f"{circuits.CIRCUITS}/{{circuit}}/versions/{{number}}", circuits.download_version, False),
        (f"{circuits.CIRCUITS}/{{circuit}}/retirer", circuits.show_retire, False),
        (f"{circuits.CIRCUITS}/{{circuit}}/retirer", circuits.do_retire, True),
        (f"{circuits.CIRCUITS}/{{circuit}}/faire-passer", circuits.show_move, False),
        (f"{circuits.CIRCUITS}/{{circuit}}/faire-passer", circuits.do_move, True),
        (replaced.DELEGATIONS, replaced.show_delegations, False),
        (f"{replaced.DELEGATIONS}/nouvelle", replaced.show_new, False),
        (f"{replaced.DELEGATIONS}/nouvelle", replaced.do_give, True),
        (f"{replaced.DELEGATIONS}/{{delegation}}/terminer", replaced.do_end, True),
        (f"{replaced.DELEGATIONS}/{{delegation}}/acte", replaced.show_deed, False),
        (configuration.CONFIGURATION, configuration.show_configuration, False),
        (configuration.CONFIGURATION, configuration.do_look, True),
        (f"{configuration.CONFIGURATION}/fichier", configuration.download_configuration, False),
        (f"{configuration.CONFIGURATION}/importer", configuration.do_import, True),
        (works.WORKS, works.show_works, False),
        (f"{works.WORKS}/reessayer", works.do_try_all_again, True),
        (f"{works.WORKS}/{{work}}/reessayer", works.do_try_again, True),
        (f"{works.WORKS}/{{work}}/abandonner", works.show_give_up, False),
        (f"{works.WORKS}/{{work}}/abandonner", works.do_give_up, True),
        (types.TYPES, types.show_types, False),
        (f"{types.TYPES}/nouveau", types.show_new_subtype, False),
        (f"{types.TYPES}/nouveau", types.do_add_subtype, True),
        (f"{types.TYPES}/{{subtype}}", types.show_subtype, False),
        (f"{types.TYPES}/{{subtype}}", types.do_change_subtype, True),
        (f"{types.TYPES}/{{type}}/nom", types.show_type, False),
        (f"{types.TYPES}/{{type}}/nom", types.do_rename_type, True),
    ]
    table += [
        (f"{people}/{{person}}/bureaux-confies", charge.show_charge, False),
        (f"{people}/{{person}}/bureaux-confies", charge.do_charge, True),
        (f"{desks}/{{desk}}/titulaires", charge.show_holders, False),
        (f"{desks}/{{desk}}/titulaires", charge.do_holders, True),
    ]
    of_desks = {"/administration", desks, f"{desks}/{{desk}}", f"{desks}/{{desk}}/titulaires"}
    of_desks |= {path for path, _, _ in table if path.startswith(replaced.DELEGATIONS)}
    made = [
        route(
            path,
            view,
            access=Access.DESK_ADMINISTRATOR if path in of_desks else Access.ADMINISTRATOR,
            methods=_POST if sent else ("GET",),
        )
        for path, view, sent in table
    ]
    administrator = Access.ADMINISTRATOR
    made.append(route(renewal.PREPARE, renewal.do_prepare, access=administrator, methods=_POST, fields=renewal.FIELDS))
    return made

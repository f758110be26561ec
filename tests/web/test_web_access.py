"""Every address has its rule, keeps strangers out, and answers with the headers that protect people."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import select
from starlette.routing import Mount, Route

from engine.documents.model import DocumentVersion
from engine.folders.model import Act, Folder, PreparedSignature
from engine.journal.queries import chain_entries
from tests.support.site import ADDRESS, Site, as_json, open_site, words
from tests.support.world import World, make_world
from web.routes import routes
from web.security import SMALL_BODY
from web.visits import Access

PARAMETERS = {"delegation", "folder", "version", "prepared", "secret", "mail"}
#: The addresses open to everybody, and nothing else.
PUBLIC = {
    ("GET", "/connexion"),
    ("POST", "/connexion"),
    ("GET", "/connexion/second-facteur"),
    ("POST", "/connexion/second-facteur"),
    ("GET", "/mot-de-passe-oublie"),
    ("POST", "/mot-de-passe-oublie"),
    ("GET", "/choisir-mot-de-passe/{secret}"),
    ("POST", "/choisir-mot-de-passe/{secret}"),
    ("GET", "/verifier"),
    ("POST", "/verifier"),
    ("GET", "/sante"),
    ("GET", "/mentions-legales"),
    ("GET", "/donnees-personnelles"),
}


def calls(access: Access) -> list[tuple[str, str]]:
    found = [(route.methods - {"HEAD"}, route.path) for route in routes() if rule(route) is access]
    return sorted((method, path) for methods, path in found for method in methods)


def rule(route: Route) -> Access:
    access = getattr(route, "access", None)
    assert isinstance(access, Access), f"{route.path} has no access rule"
    return access


def address(path: str, **known: object) -> str:
    return path.format(**{name: known.get(name, uuid4()) for name in PARAMETERS})


def test_every_route_of_the_application_has_a_rule(site: Site) -> None:
    for route in site.app.routes:
        if isinstance(route, Mount):
            assert (route.path, route.name) == ("/static", "static")
        else:
            assert isinstance(route, Route)
            assert rule(route) in Access


def test_what_is_public_is_listed_here() -> None:
    assert set(calls(Access.PUBLIC)) == PUBLIC
    assert {path.split("/")[1] for _, path in calls(Access.DEMO)} == {"demo"}


def test_a_stranger_is_sent_to_the_log_in_page_and_back_afterwards(site: Site) -> None:
    for method, path in calls(Access.SIGNED_IN) + calls(Access.ENROLLING):
        asked = address(path)
        answer = site.nobody.request(method, asked)
        assert answer.status_code == 303, path
        assert answer.headers["location"] == f"/connexion?suite={asked if method == 'GET' else '/'}"


def test_a_script_of_a_stranger_gets_401_and_a_sentence(site: Site) -> None:
    headers = {"sec-fetch-dest": "empty", "sec-fetch-site": "same-origin"}
    for method, path in calls(Access.SIGNED_IN) + calls(Access.ENROLLING):
        answer = site.nobody.request(method, address(path), headers=headers)
        assert answer.status_code == 401, path
        assert answer.json()["code"] == "session_over"
        assert "Votre session a expiré" in answer.json()["sentence"]


def test_counters_of_a_session_that_is_over_lead_to_the_log_in_page(site: Site) -> None:
    answer = site.nobody.get("/bannettes/compteurs", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/connexion")


@pytest.mark.parametrize(("method", "path"), calls(Access.DEMO))
def test_the_demonstration_pages_are_not_there_in_earnest(site: Site, method: str, path: str) -> None:
    for browser in (site.nobody, site.browser("maire")):
        assert browser.request(method, address(path)).status_code == 404


@pytest.fixture
def neighbour(world: World, tmp_path: Path) -> World:
    return make_world(world.database, tmp_path / "voisine", "voisine")


OF_A_FOLDER = [call for call in calls(Access.SIGNED_IN) if "{folder}" in call[1]]


@pytest.mark.parametrize("who", ["dgs", "secretariat", "maire"])
def test_the_folders_of_the_neighbours_are_out_of_reach(site: Site, neighbour: World, who: str) -> None:
    folder, known = prepared_folder(site.world)
    for method, path in OF_A_FOLDER:
        sent = well_formed(site.world, folder, method, path, known)
        answer = site.browser(who, neighbour).request(method, address(path, **known), **sent)
        assert answer.status_code == 404, path
    assert site.world.open_step(folder).id == known["step_id"]
    with site.world.database.reading() as session:
        assert len(chain_entries(session, site.world.tenant.id, folder.id)) == 2


def well_formed(world: World, folder: Folder, method: str, path: str, known: dict[str, object]) -> dict[str, Any]:
    """What the page itself would send there."""
    if method == "GET":
        return {}
    if "/signature/" in path:
        return {"json": {"step": known["step"], "signatures": [], **as_json(world.key("maire").holder)}}
    return {"data": {"step": known["step"], "reason": "non", "heads": world.heads(folder)}}


def prepared_folder(world: World) -> tuple[Folder, dict[str, object]]:
    """A folder that waits for the mayor, whose signature was prepared."""
    folder = world.sent(circuit="simple-signature")
    world.prepare("maire", folder)
    step = world.open_step(folder)
    with world.database.reading() as session:
        version = session.exec(select(DocumentVersion)).first()
        prepared = session.exec(select(PreparedSignature)).one()
    assert version
    known = {"folder": folder.id, "version": version.id, "prepared": prepared.id, "step": str(step.id)}
    return folder, {**known, "step_id": step.id}


def test_a_colleague_whose_desk_the_folder_does_not_pass_sees_nothing(site: Site) -> None:
    folder, known = prepared_folder(site.world)
    for method, path in OF_A_FOLDER:
        sent = well_formed(site.world, folder, method, path, known)
        answer = site.browser("dgs").request(method, address(path, **known), **sent)
        assert answer.status_code == 404, path


def test_what_strangers_are_refused_is_given_to_the_person_concerned(site: Site) -> None:
    """The twin of the two tests above: the same addresses exist for whoever holds the desk."""
    _, known = prepared_folder(site.world)
    for method, path in OF_A_FOLDER:
        if method == "GET":
            assert site.browser("maire").get(address(path, **known)).status_code in {200, 303}, path


def test_a_prepared_signature_is_only_for_the_person_it_was_prepared_for(site: Site) -> None:
    _, known = prepared_folder(site.world)
    path = address("/dossiers/{folder}/signature/{prepared}/document", **known)
    assert site.browser("secretariat").get(path).status_code == 404
    assert site.browser("maire").get(path).status_code == 200


def test_a_document_is_only_reached_through_its_own_folder(site: Site) -> None:
    mine, other = site.world.sent(), site.world.sent()
    with site.world.database.reading() as session:
        version = session.exec(select(DocumentVersion).where(DocumentVersion.number == 1)).all()[-1]
    browser = site.browser("secretariat")
    statuses = {browser.get(f"/dossiers/{folder.id}/documents/{version.id}").status_code for folder in (mine, other)}
    assert statuses == {200, 404}


def test_a_step_is_only_acted_on_through_its_own_folder(site: Site) -> None:
    mine, other = site.world.sent(), site.world.sent()
    form = {"step": str(site.world.open_step(other).id), "heads": site.world.heads(other)}
    assert site.browser("dgs").post(f"/dossiers/{mine.id}/viser", data=form).status_code == 404
    assert site.world.open_step(other).closed_at is None


PAGES = ["/a-traiter", "/deposer", "/mes-certificats", "/connexion", "/verifier", "/nulle-part", "/dossiers/x"]


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_the_headers_that_protect(site: Site, path: str) -> None:
    answer = site.browser("secretariat").get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_a_script_a_style_or_a_foreign_address(site: Site, path: str) -> None:
    text = site.browser("secretariat").get(path, follow_redirects=True).text
    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    assert " on" not in {attribute[:3] for attribute in text.split('="')}
    assert "http://" not in text
    assert "https://" not in text
    assert text.count("<h1") == 1
    assert '<main id="main"' in text
    assert 'href="#main"' in text


@pytest.mark.parametrize(
    "path", ["/nulle-part", "/dossiers/nulle-part", f"/dossiers/{UUID(int=9)}", "/a-traiter?apres=non", "/dossiers/%00"]
)
def test_what_does_not_exist_is_said_in_french_with_a_way_back(site: Site, path: str) -> None:
    answer = site.browser("maire").get(path)
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text
    assert 'href="/"' in answer.text


def test_an_error_page_still_knows_who_is_there(site: Site) -> None:
    assert "Héloïse Lefèvre" in site.browser("maire").get(f"/dossiers/{uuid4()}").text
    assert "Se connecter" in site.nobody.get("/nulle-part").text


def test_a_cursor_that_is_no_row_of_a_tray_is_not_found(site: Site) -> None:
    assert site.browser("dgs").get(f"/a-traiter?apres={uuid4()}").status_code == 404


def test_the_wrong_method_is_refused(site: Site) -> None:
    answer = site.browser("maire").get("/deconnexion")
    assert answer.status_code == 405
    assert "ne s’utilise pas ainsi" in answer.text
    assert answer.headers["allow"] == "POST"


def test_a_bug_is_told_with_a_reference_and_the_same_headers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret de fabrication")

    monkeypatch.setattr("web.trays.tray_counts", broken)
    answer = site.browser("maire").get("/a-traiter")
    assert answer.status_code == 500
    assert "Référence à donner" in answer.text
    assert "secret de fabrication" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    asked = site.browser("maire").get("/bannettes/compteurs", headers={"hx-request": "true"})
    assert asked.json()["code"] == "server"


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_larger_than_any_form_of_ours_is_refused(site: Site, kind: str) -> None:
    answer = site.browser("maire").post(
        "/mes-certificats/verifier", content=b"x" * (SMALL_BODY + 1), headers={"content-type": kind}
    )
    assert answer.status_code == 413
    assert "dépasse la taille permise" in answer.text


def test_a_body_of_unknown_length_is_counted_as_it_comes(site: Site) -> None:
    pieces = (b"x" * 100_000 for _ in range(20))
    answer = site.browser("maire").post(
        "/connexion", content=pieces, headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("content", [b"", b"[", b"[1]", b"null", b'"x"', b"\xff\xfe"])
def test_a_script_that_sends_nonsense_is_told_so(site: Site, content: bytes) -> None:
    answer = site.browser("maire").post(
        "/mes-certificats/verifier", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "http_400"


def test_over_plain_http_nothing_is_said_of_tls(site: Site) -> None:
    assert "strict-transport-security" not in site.fresh("http://localhost").get("/connexion").headers
    assert "strict-transport-security" in site.fresh(ADDRESS).get("/connexion").headers


def test_built_files_are_kept_for_ever_and_missing_ones_are_not_found(site: Site) -> None:
    page = site.nobody.get("/connexion").text
    script = page.split('src="/static/app.')[1].split('"')[0]
    answer = site.nobody.get(f"/static/app.{script}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/static/nulle-part.js", "/static/../application.py", "/static/%2e%2e/application.py"):
        assert site.nobody.get(path).status_code == 404


def test_health_tells_whether_this_node_can_serve(world: World, tmp_path: Path) -> None:
    with open_site(world, tmp_path) as site:
        assert site.nobody.get("/sante").json() == {"ok": True}
        world.store.spool = tmp_path / "disparu"
        broken = site.nobody.get("/sante")
        assert (broken.status_code, broken.json()) == (503, {"ok": False})


def test_a_visa_is_not_given_by_following_a_link(site: Site) -> None:
    folder = site.world.sent()
    answer = site.browser("dgs").get(f"/dossiers/{folder.id}/viser")
    assert answer.status_code == 200
    assert site.world.open_step(folder).closed_at is None
    assert "Viser le dossier" in words(answer.text)
    assert site.world.act("dgs", folder, Act.VISA)

"""Papers of a fictional commune, written with Typst as PDF/A-2b."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import pikepdf
import typst

_COUNCIL = (
    "L’an deux mille vingt-six, le {day}, à vingt heures trente, le conseil municipal, légalement convoqué, s’est réuni"
    " à la mairie en séance publique, sous la présidence de Madame Héloïse LEFÈVRE, maire. Secrétaire de séance :"
    " Monsieur François NOËL. Membres en exercice : 19 ; présents : 17 ; procurations : 2."
)
_VOTE = "Votants : 19 – Pour : {yes} – Contre : {no} – Abstentions : {none}. La délibération est adoptée."


@dataclass(frozen=True, slots=True)
class DemoPaper:
    """A paper and what it says."""

    type_name: str
    number: str
    title: str
    date: str
    visas: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    vote: tuple[int, int, int] | None = None
    table: tuple[tuple[str, str], ...] = ()
    pages: tuple[tuple[str, str], ...] = field(default=())

    @property
    def file_name(self) -> str:
        """A name such as a clerk would give."""
        return f"{self.type_name} {self.number}.pdf"


def deed_pdf(paper: DemoPaper) -> bytes:
    """The paper as PDF/A-2b, with room for marks at the bottom of the last page."""
    template = files("parapheur.demo").joinpath("templates/paper.typ").read_bytes()
    pdf = typst.compile(template, format="pdf", sys_inputs={"data": json.dumps(_data(paper))}, pdf_standards=["a-2b"])
    if not isinstance(pdf, bytes):
        raise TypeError("a paper is one document")
    return pdf


def page_count(pdf: bytes) -> int:
    """How many pages a PDF of ours has."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return len(document.pages)


def _data(paper: DemoPaper) -> dict[str, Any]:
    council = paper.type_name == "Délibération"
    kinds = {"Délibération": "Extrait du registre des délibérations", "Arrêté": "Arrêté du maire"}
    decides = {"Délibération": "Après en avoir délibéré, DÉCIDE :", "Arrêté": "ARRÊTE :", "Convention": ""}
    yes, no, none = paper.vote or (0, 0, 0)
    return {
        "title": paper.title,
        "number": f"N° {paper.number}",
        "date": paper.date,
        "kind": kinds.get(paper.type_name, paper.type_name),
        "opening": [_COUNCIL.format(day=paper.date)] if council else [],
        "visas": paper.visas,
        "reasons": paper.reasons,
        "decides": decides[paper.type_name],
        "articles": paper.articles,
        "vote": _VOTE.format(yes=yes, no=no, none=none) if paper.vote else "",
        "table": paper.table,
        "pages": paper.pages,
    }


_CGCT = "le code général des collectivités territoriales, notamment son article {}"
_D, _A, _C = "Délibération", "Arrêté", "Convention"

DEMO_PAPERS = (
    DemoPaper(
        _D,
        "2026-038",
        "Approbation du procès-verbal de la séance précédente",
        "13 octobre 2026",
        visas=(_CGCT.format("L. 2121-15"),),
        reasons=("que le procès-verbal de la séance du 8 septembre 2026 a été adressé à chaque membre du conseil",),
        articles=("Le procès-verbal de la séance du 8 septembre 2026 est approuvé.",),
        vote=(19, 0, 0),
    ),
    DemoPaper(
        _D,
        "2026-039",
        "Demande de subvention pour la rénovation du préau de l’école",
        "13 octobre 2026",
        visas=(_CGCT.format("L. 2334-32"), "l’appel à projets de la dotation d’équipement des territoires ruraux"),
        reasons=("que la couverture du préau, posée en 1974, n’est plus étanche",),
        table=(
            ("Couverture et charpente", "31 480,00 €"),
            ("Maîtrise d’œuvre", "3 150,00 €"),
            ("Total hors taxes", "34 630,00 €"),
            ("Subvention demandée (40 %)", "13 852,00 €"),
        ),
        articles=(
            "Le projet et son plan de financement sont approuvés.",
            "Le maire est autorisé à demander la subvention et à signer toute pièce utile.",
        ),
        vote=(18, 0, 1),
    ),
    DemoPaper(
        _D,
        "2026-041",
        "Acquisition de la parcelle AB 112",
        "17 novembre 2026",
        visas=(_CGCT.format("L. 2241-1"), "le code général de la propriété des personnes publiques, article L. 1111-1"),
        reasons=("l’intérêt de la parcelle pour l’aménagement d’un cheminement piéton vers l’école",),
        articles=(
            "La commune acquiert la parcelle cadastrée AB 112, d’une contenance de 1 240 m², au prix de 38 000,00 €.",
            "Le maire est autorisé à signer l’acte authentique et toute pièce utile.",
        ),
        vote=(17, 0, 2),
    ),
    DemoPaper(
        _D,
        "2026-042",
        "Décision modificative n° 2 du budget principal",
        "17 novembre 2026",
        visas=(_CGCT.format("L. 1612-11"), "le budget primitif adopté le 24 mars 2026"),
        reasons=("qu’il convient d’ajuster les crédits de la section d’investissement",),
        table=(
            ("Chapitre 21 – Immobilisations corporelles", "+ 42 000,00 €"),
            ("Chapitre 23 – Immobilisations en cours", "– 30 000,00 €"),
            ("Chapitre 13 – Subventions d’investissement", "+ 12 000,00 €"),
        ),
        articles=("La décision modificative n° 2 est adoptée telle que présentée.",),
        vote=(16, 1, 2),
        pages=(
            (
                "Annexe 1 – Note de synthèse",
                "La présente décision modificative réaffecte les crédits ouverts pour la voirie, dont les travaux"
                " sont reportés au printemps, vers l’acquisition de la parcelle AB 112 et le remplacement du tracteur"
                " des services techniques. Elle ne modifie pas l’équilibre général du budget.",
            ),
            (
                "Annexe 2 – État des crédits",
                "Les crédits ouverts au chapitre 21 s’élèvent, après la présente décision, à 184 300,00 €. Les crédits"
                " ouverts au chapitre 23 s’élèvent à 212 750,00 €.",
            ),
        ),
    ),
    DemoPaper(
        _D,
        "2026-043",
        "Tarifs municipaux pour l’année 2027",
        "17 novembre 2026",
        visas=(_CGCT.format("L. 2121-29"),),
        reasons=("qu’il convient de revaloriser les tarifs des services rendus aux usagers",),
        table=(
            ("Salle des fêtes, habitants, le week-end", "180,00 €"),
            ("Salle des fêtes, autres usagers, le week-end", "320,00 €"),
            ("Concession de cimetière, trente ans", "210,00 €"),
            ("Repas au restaurant scolaire", "3,65 €"),
        ),
        articles=("Les tarifs ci-dessus s’appliquent à compter du 1er janvier 2027.",),
        vote=(19, 0, 0),
    ),
    DemoPaper(
        _D,
        "2026-044",
        "Création d’un emploi d’adjoint technique à temps complet",
        "17 novembre 2026",
        visas=("le code général de la fonction publique, notamment son article L. 313-1",),
        reasons=("les besoins du service technique pour l’entretien des espaces publics",),
        articles=(
            "Un emploi d’adjoint technique à temps complet est créé à compter du 1er février 2027.",
            "Les crédits correspondants sont inscrits au budget.",
        ),
        vote=(18, 0, 1),
    ),
    DemoPaper(
        _D,
        "2026-045",
        "Dénomination de la voie nouvelle du lotissement des Salines",
        "17 novembre 2026",
        visas=(_CGCT.format("L. 2121-30"),),
        reasons=("que la voie desservant le lotissement n’a pas de nom",),
        articles=("La voie nouvelle est dénommée « rue des Salines ».",),
        vote=(19, 0, 0),
    ),
    DemoPaper(
        _D,
        "2026-046",
        "Convention de mise à disposition de la salle des fêtes",
        "17 novembre 2026",
        visas=(_CGCT.format("L. 2144-3"),),
        reasons=("la demande de l’association « Les Grèves en chœur »",),
        articles=("La salle des fêtes est mise à disposition de l’association le mardi soir, à titre gratuit.",),
        vote=(19, 0, 0),
    ),
    DemoPaper(
        _D,
        "2026-047",
        "Rapport annuel sur le prix et la qualité du service de l’eau",
        "17 novembre 2026",
        visas=(_CGCT.format("L. 2224-5"),),
        reasons=("que le rapport a été présenté en commission le 4 novembre 2026",),
        articles=("Le conseil prend acte de la présentation du rapport.",),
        vote=(19, 0, 0),
    ),
    DemoPaper(
        _A,
        "2026-105",
        "Permission de voirie, 12 rue du Port",
        "12 novembre 2026",
        visas=(_CGCT.format("L. 2213-6"), "le code de la voirie routière, notamment son article L. 113-2"),
        articles=(
            "L’entreprise Bocage Couverture est autorisée à poser un échafaudage du 23 au 27 novembre 2026.",
            "Le passage des piétons est maintenu sur une largeur d’un mètre quarante.",
        ),
    ),
    DemoPaper(
        _A,
        "2026-107",
        "Circulation rue du Port pendant la foire",
        "19 novembre 2026",
        visas=(_CGCT.format("L. 2213-1"), "le code de la route, notamment son article R. 411-8"),
        reasons=("qu’il convient d’assurer la sécurité du public pendant la foire",),
        articles=(
            "La circulation est interdite rue du Port le samedi 28 novembre 2026, de 6 heures à 20 heures.",
            "Une déviation est mise en place par la rue des Dunes.",
            "La gendarmerie et les services techniques sont chargés de l’exécution du présent arrêté.",
        ),
    ),
    DemoPaper(
        _A,
        "2026-108",
        "Ouverture temporaire d’un débit de boissons",
        "23 novembre 2026",
        visas=("le code de la santé publique, notamment son article L. 3334-2",),
        articles=("Le comité des fêtes est autorisé à ouvrir un débit de boissons le 28 novembre 2026.",),
    ),
    DemoPaper(
        _A,
        "2026-109",
        "Alignement individuel au droit de la parcelle AC 58",
        "24 novembre 2026",
        visas=("le code de la voirie routière, notamment son article L. 112-1",),
        articles=("L’alignement au droit de la parcelle AC 58 est constaté conformément au plan annexé.",),
    ),
    DemoPaper(
        _C,
        "2026-C09",
        "Convention avec l’association « Les Grèves en chœur »",
        "18 novembre 2026",
        articles=(
            "La commune met à disposition de l’association la salle des fêtes, le mardi de 20 heures à 22 heures.",
            "L’association assure l’entretien courant de la salle et répond des dommages qu’elle cause.",
            "La présente convention est conclue pour un an et ne peut être reconduite tacitement.",
        ),
    ),
    DemoPaper(
        _C,
        "2026-C10",
        "Convention de groupement de commandes pour l’électricité",
        "20 novembre 2026",
        articles=(
            "Les parties constituent un groupement de commandes pour l’achat d’électricité.",
            "Le syndicat départemental est le coordonnateur du groupement.",
            "Chaque membre exécute le marché pour ce qui le concerne.",
        ),
    ),
    DemoPaper(
        _C,
        "2026-C11",
        "Convention d’entretien de la voirie partagée",
        "23 novembre 2026",
        articles=(
            "La commune entretient, pour le compte de sa voisine, la portion commune du chemin des Dunes.",
            "La participation annuelle est fixée à 2 450,00 €.",
        ),
    ),
)

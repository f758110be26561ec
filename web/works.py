"""The work queue in French: what each kind of row does, and what is lost when it is given up."""

from __future__ import annotations

from engine.desks.renewal import RENEWAL_DUE
from engine.folders.opinions import OPINION_ASKED, OPINION_CLOSED
from engine.folders.transferring import STEP_TRANSFERRED
from engine.folders.transitions import (
    FOLDER_MOVED,
    FOLDER_REWOUND,
    FOLDER_STOPPED,
    MESSAGE_THROWN,
    REMINDER_DUE,
    SERVICE_ASKED,
    TIMER_DUE,
)
from notifications.actions import SEND_MAIL

#: The upkeep of the house (``parapheur.purging``), which this floor does not know.
PURGE = "house.purge"
#: kind → what it is. A test checks that everything a worker does has one.
KINDS = {
    SEND_MAIL: "Envoyer un courriel",
    FOLDER_MOVED: "Prévenir qu’un dossier a avancé",
    FOLDER_REWOUND: "Prévenir qu’un dossier est revenu en arrière",
    OPINION_ASKED: "Prévenir le bureau dont un avis est demandé",
    OPINION_CLOSED: "Prévenir qu’un avis est arrivé, ou n’est plus attendu",
    STEP_TRANSFERRED: "Prévenir le bureau qui reçoit une étape transférée",
    REMINDER_DUE: "Relancer une personne en retard",
    SERVICE_ASKED: "Faire une tâche automatique du circuit",
    MESSAGE_THROWN: "Transmettre un message du circuit",
    TIMER_DUE: "Poursuivre un circuit à son échéance",
    FOLDER_STOPPED: "Prévenir qu’un dossier est arrêté",
    RENEWAL_DUE: "Appliquer le renouvellement du conseil à sa date",
    PURGE: "Effacer ce qui n’est plus utile",
}
#: kind → what its abandonment costs.
COSTS = {
    SEND_MAIL: "Ce courriel ne partira pas ; son destinataire n’est pas prévenu autrement.",
    FOLDER_MOVED: "Les personnes que ce dossier attend ne recevront pas de courriel ; il est dans leurs bannettes.",
    FOLDER_REWOUND: "Les personnes dont l’action est tombée ne seront pas prévenues par courriel.",
    OPINION_ASKED: "Le bureau consulté ne recevra pas de courriel ; la question est dans sa bannette.",
    OPINION_CLOSED: "Personne ne recevra de courriel ; la réponse est dans le dossier.",
    STEP_TRANSFERRED: "Le bureau ne recevra pas de courriel ; le dossier est dans sa bannette.",
    REMINDER_DUE: "Cette relance ne partira pas.",
    SERVICE_ASKED: "Le dossier restera arrêté à cette tâche, que plus personne ne fera.",
    MESSAGE_THROWN: "Ce message ne sera pas transmis ; le dossier, lui, a déjà continué.",
    FOLDER_STOPPED: "Les personnes que ce dossier attendait ne seront pas prévenues par courriel.",
    RENEWAL_DUE: "Le renouvellement ne sera pas fait de lui-même : refaites-le depuis sa page.",
    PURGE: "Ce qui n’est plus utile reste jusqu’au prochain entretien.",
    TIMER_DUE: "Le dossier ne sera pas poursuivi à cette échéance : il peut rester arrêté.",
}


def kind_of(kind: str) -> str:
    """What a row does; a kind of a service added here keeps its name."""
    return KINDS.get(kind, kind)


def cost_of(kind: str) -> str:
    """What is lost when a row of this kind is given up."""
    return COSTS.get(kind, "Ce travail ne sera pas fait.")

// Sentences shown by the scripts, in one place. Those about key files are in p12/errors.js; the server writes its own.

export const INSECURE =
  'La signature est désactivée\u00a0: cette page n’est pas servie en HTTPS, et le navigateur refuse alors toute opération' +
  ' de signature. Ouvrez le parapheur à son adresse https://, ou prévenez l’administrateur.';

export const SIGNING = {
  opening: 'Ouverture du certificat…',
  checking: 'Vérification du certificat…',
  opened: 'Votre certificat est ouvert. Vous pouvez signer.',
  preparing: 'Préparation du document…',
  again: 'Une autre personne vient de signer\u00a0: la préparation recommence…',
  reading: (name) => `Contrôle de «\u00a0${name}\u00a0»…`,
  signing: (name) => `Signature de «\u00a0${name}\u00a0»…`,
  finishing: 'Enregistrement de la signature…',
  done: 'Signé.',
  holder: ({ holder, issuer, expires }) =>
    `Certificat de ${holder}, délivré par ${issuer}, valable jusqu’au ${expires}.`,
};

export const REFUSALS = {
  network: 'Le serveur ne répond pas. Le dossier n’a pas bougé\u00a0; recommencez dans un instant.',
  server: 'Le serveur n’a pas pu répondre. Le dossier n’a pas bougé\u00a0; recommencez, ou prévenez l’administrateur.',
  uncertain:
    'La connexion s’est coupée pendant l’enregistrement. Rechargez la page\u00a0: elle dira si votre signature est' +
    ' enregistrée.',
  digest:
    'Le document reçu n’est pas celui qu’on vous demande de signer. Rien n’a été signé\u00a0; prévenez l’administrateur.',
  not_shown:
    'Le document a changé depuis que cette page est ouverte. Rien n’a été signé\u00a0; rechargez la page et relisez-le.',
  no_file: 'Choisissez d’abord le fichier de votre certificat.',
  unexpected: 'La signature n’a pas pu être faite. Le dossier n’a pas bougé\u00a0; recommencez, ou prévenez l’administrateur.',
  check: 'Ce certificat n’a pas pu être vérifié. Recommencez, ou prévenez l’administrateur.',
};

export const CERTIFICATE_NOTED = ({ holder, expires }) =>
  `Ce certificat vous convient\u00a0: ${holder}, valable jusqu’au ${expires}. Il est noté comme le vôtre.`;

export const RELOAD = 'Recharger la page';

export const UPLOAD = {
  tooBig: (limit) => `Ce fichier dépasse ${limit}. Choisissez un fichier plus petit.`,
  sending: (part) => `Envoi du fichier\u00a0: ${part}\u00a0%`,
  received: 'Le fichier est arrivé. Le parapheur le contrôle…',
  lost: 'La connexion s’est coupée pendant l’envoi. Rien n’a été enregistré\u00a0; recommencez.',
  failed: 'Le serveur n’a pas pu répondre. Recommencez dans un instant, ou prévenez l’administrateur.',
};

export const COPIED = 'Copié';
export const COPY_FAILED = 'La copie n’a pas marché';

export const VIEWER = {
  failed: 'Le document ne peut pas être affiché en entier ici. ',
  download: 'Téléchargez-le pour le lire.',
  pageFailed: (number) => `La page ${number} ne peut pas être affichée. Téléchargez le document pour la lire.`,
  page: (number, total) => `Page ${number} sur ${total}`,
  pageLabel: 'Page',
  of: (total) => `sur ${total}`,
  smaller: 'Réduire',
  larger: 'Agrandir',
  fit: 'Pleine largeur',
};

// What can go wrong with a key file, as codes and French sentences.

const SENTENCES = {
  wrong_password: 'Le mot de passe du certificat est incorrect. Rien n’a été signé ; recommencez.',
  not_a_p12: 'Ce fichier n’est pas un certificat .p12 ou .pfx lisible. Choisissez le fichier remis avec votre certificat.',
  no_key: 'Ce fichier ne contient pas de clé privée. Choisissez le fichier .p12 complet, pas seulement le certificat.',
  no_certificate: 'Aucun certificat de ce fichier ne correspond à sa clé. Demandez un nouveau fichier à votre autorité.',
  unsupported:
    'Ce fichier est protégé par un chiffrement trop ancien pour être ouvert ici. Exportez-le à nouveau en choisissant AES-256.',
  unsupported_key: 'Ce type de clé n’est pas pris en charge : il faut RSA, P-256, P-384 ou P-521.',
};

/** A fault that the person can understand. */
export class KeyFileError extends Error {
  constructor(code) {
    super(SENTENCES[code]);
    this.code = code;
  }
}

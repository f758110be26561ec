// What can go wrong with a key file, as codes and French sentences.

/** Code → sentence. Nothing is ever sent when one of these is shown, so each can promise that nothing happened. */
export const SENTENCES = Object.freeze({
  wrong_password: 'Le mot de passe du certificat est incorrect. Rien n’a été signé\u00a0; recommencez.',
  not_a_p12:
    'Ce fichier n’est pas un certificat .p12 ou .pfx lisible, ou il est abîmé. Choisissez le fichier remis avec votre' +
    ' certificat.',
  no_key:
    'Ce fichier ne contient pas de clé privée. Choisissez le fichier .p12 ou .pfx complet, pas seulement le certificat.',
  no_certificate: 'Aucun certificat de ce fichier ne correspond à sa clé. Demandez un nouveau fichier à votre autorité.',
  unsupported:
    'Ce fichier est protégé par un chiffrement que le navigateur ne sait pas ouvrir. Exportez-le de nouveau en' +
    ' choisissant AES-256.',
  unsupported_key: 'Ce type de clé n’est pas pris en charge\u00a0: il faut RSA, P-256, P-384 ou P-521.',
  unreadable_file: 'Le navigateur n’arrive pas à lire ce fichier. Choisissez-le de nouveau, puis recommencez.',
});

/** A fault that the person can understand; `code` is a key of SENTENCES. */
export class KeyFileError extends Error {
  /** @param {keyof typeof SENTENCES} code */
  constructor(code) {
    super(SENTENCES[code]);
    this.name = 'KeyFileError';
    this.code = code;
  }
}

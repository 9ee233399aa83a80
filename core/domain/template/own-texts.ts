/** Texts of templates that Meta writes itself; in a language that is not here, English. */
interface OwnTexts {
  /** `{{1}}` is the code. */
  readonly code: string;
  readonly security: string;
  readonly expires: (minutes: number) => string;
  readonly copyCode: string;
}

const ENGLISH: OwnTexts = {
  code: '*{{1}}* is your verification code.',
  security: 'For your security, do not share this code.',
  expires: (minutes) => `This code expires in ${minutes} minutes.`,
  copyCode: 'Copy code',
};

const TEXTS: Readonly<Record<string, OwnTexts>> = {
  en: ENGLISH,
  pt: {
    code: 'Seu código de verificação é *{{1}}*.',
    security: 'Para sua segurança, não o compartilhe.',
    expires: (minutes) => `Este código expira em ${minutes} minutos.`,
    copyCode: 'Copiar código',
  },
  es: {
    code: 'Tu código de verificación es *{{1}}*.',
    security: 'Por tu seguridad, no lo compartas.',
    expires: (minutes) => `Este código caduca en ${minutes} minutos.`,
    copyCode: 'Copiar código',
  },
};

/** @param language Meta's code, `pt_BR` */
export const ownTextsOf = (language: string): OwnTexts => TEXTS[language.split('_')[0] ?? ''] ?? ENGLISH;

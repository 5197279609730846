import type { ProblemTexts } from '../catalogue';

export const problems: ProblemTexts = {
  'already-member': 'Ya es miembro de este espacio de trabajo.',
  'email-taken': 'Ya hay una cuenta con esta dirección de correo: inicie sesión.',
  forbidden: 'Su rol no lo permite.',
  'idempotency-mismatch': 'Se envió dos veces con contenidos distintos. No se cambió nada.',
  internal: 'Algo falló en el servidor. Inténtelo de nuevo.',
  'manager-circle': 'Nadie puede ser su propio responsable, ni a través de otros.',
  'method-not-allowed': 'El servidor no hace eso aquí.',
  'no-such-date': 'Esa fecha no existe.',
  'not-bookable': 'Esta persona o este proyecto no admite asignaciones en esos días.',
  'precondition-failed':
    'Alguien lo cambió mientras tanto. Mire cómo está ahora e inténtelo de nuevo.',
  'rate-limited': 'Demasiadas veces seguidas. Espere un momento e inténtelo de nuevo.',
  reset: 'Este espacio de trabajo se restauró. Vuelva a cargar la página.',
  'too-large': 'Es más de lo que el servidor acepta de una vez.',
  unauthenticated: 'Inicie sesión.',
  'undo-conflict': 'Otros lo cambiaron desde entonces: ya no se puede deshacer.',
  'unsupported-media-type': 'El servidor no lee lo que se envió.',
  'workspace-closing':
    'Este espacio de trabajo se está cerrando. Hasta que se borre, un administrador puede anularlo o descargar su exportación.',
};

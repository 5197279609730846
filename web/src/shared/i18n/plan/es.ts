import type { Catalogue } from '../catalogue';

export const plan: Catalogue['plan'] = {
  weeks: 'Semanas',
  off: 'Ausencias y festivos',
  nothing: 'No hay reservas en estas semanas.',
  upcoming: 'Próximo',
  changed: (a) => `${a.now}, antes ${a.before}`,
  earlier: 'Semana anterior',
  later: 'Semana siguiente',
  free: 'No hay reservas.',
  dayOff: 'Día no laborable',
  request: 'Solicitar una ausencia',
  requestHint: 'Queda a la espera de quien planifica. Mientras no se apruebe, nada cambia.',
  send: 'Solicitar',
  sent: (a) => `Solicitado: ${a.days}`,
  requests: 'Mis ausencias',
  noRequests: 'No hay ausencias desde hoy ni solicitudes pendientes.',
  takeBack: 'Retirar',
  takeBackOf: (a) => `Retirar: ${a.what}`,
  takenBack: (a) => `Retirado: ${a.what}`,
  nobody:
    'Su cuenta aún no está vinculada a ninguna persona del plan, así que no hay una semana suya.',
  askAdmin: (a) =>
    `Pida a un administrador de ${a.workspace} que la vincule: en Ajustes, Miembros, elige qué persona es usted.`,
  linkSelf: 'Elija entre los miembros qué persona es usted',
};

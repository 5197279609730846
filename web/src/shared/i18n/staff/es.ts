import type { Catalogue } from '../catalogue';
import { pluralOf } from '../plural';

const p = pluralOf('es');

/** What the schedule says of placeholders. */
export const staff: Catalogue['staff'] = {
  group: 'Por cubrir',
  count: (a) => p(a.n, '{n} puesto por cubrir', '{n} puestos por cubrir'),
  add: 'Añadir puesto por cubrir',
  edit: 'Puesto por cubrir',
  removeHint: 'Si lo quita, se quitan también sus reservas.',
  titleHint: 'A quién se busca, por ejemplo «Desarrollador».',
  cell: (a) => `${a.period}: ${a.hours} por cubrir`,
  tentative: (a) => `${a.hours} provisionales`,
  nothing: 'No hay ninguna persona ni puesto por cubrir con este nombre',
};

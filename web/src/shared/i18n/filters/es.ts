import type { Catalogue } from '../catalogue';
import { pluralOf } from '../plural';

const p = pluralOf('es');

/** What the schedule's filters and saved views say. */
export const filters: Catalogue['filters'] = {
  open: 'Filtrar',
  openSet: (a) => `Filtrar (${a.n})`,
  set: 'Filtros activos',
  any: 'Cualquiera',
  text: 'Texto',
  skill: 'Habilidad',
  overbooked: 'Solo personas sobrecargadas',
  noTeam: 'Ningún equipo con ese nombre',
  noSkill: 'Ninguna habilidad con ese nombre',
  noRole: 'Ningún puesto así en este periodo',
  clearAll: 'Quitar todos',
  clear: 'Quitar los filtros',
  noMatch: (a) => `Nadie coincide con ${a.filters}.`,
  people: (a) => p(a.n, '{n} persona', '{n} personas'),
  peopleOf: (a) => p(a.all, `${a.n} de {n} persona`, `${a.n} de {n} personas`),
  views: 'Vistas guardadas',
  viewName: 'Nombre de esta vista',
  viewHint: 'Filtros, grupos, orden y escala; se guarda solo en este navegador.',
  saveView: 'Guardar vista',
  replaceView: 'Reemplazar',
  viewSaved: (a) => `Vista «${a.name}» guardada.`,
  removeView: (a) => `Quitar la vista ${a.name}`,
  openProject: (a) => `Abrir el proyecto ${a.project}`,
  keyOpen: 'Abrir la página de la persona o el puesto por cubrir',
  keyGroup: 'Contraer el grupo o volver a abrirlo',
};

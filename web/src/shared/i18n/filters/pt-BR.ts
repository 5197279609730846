import type { Catalogue } from '../catalogue';
import { pluralOf } from '../plural';

const p = pluralOf('pt-BR');

/** What the schedule's filters and saved views say. */
export const filters: Catalogue['filters'] = {
  open: 'Filtrar',
  openSet: (a) => `Filtrar (${a.n})`,
  set: 'Filtros ativos',
  any: 'Qualquer um',
  text: 'Texto',
  skill: 'Habilidade',
  overbooked: 'Só pessoas sobrecarregadas',
  noTeam: 'Nenhuma equipe com esse nome',
  noSkill: 'Nenhuma habilidade com esse nome',
  noRole: 'Nenhum cargo assim neste período',
  clearAll: 'Limpar tudo',
  clear: 'Limpar os filtros',
  noMatch: (a) => `Ninguém corresponde a ${a.filters}.`,
  people: (a) => p(a.n, '{n} pessoa', '{n} pessoas'),
  peopleOf: (a) => p(a.all, `${a.n} de {n} pessoa`, `${a.n} de {n} pessoas`),
  views: 'Visões salvas',
  viewName: 'Nome desta visão',
  viewHint: 'Filtros, grupos, ordem e zoom; fica só neste navegador.',
  saveView: 'Salvar visão',
  replaceView: 'Substituir',
  viewSaved: (a) => `Visão “${a.name}” salva.`,
  removeView: (a) => `Remover a visão ${a.name}`,
  openProject: (a) => `Abrir o projeto ${a.project}`,
  keyOpen: 'Abrir a página da pessoa ou a vaga a preencher',
  keyGroup: 'Recolher o grupo ou abri-lo de novo',
};

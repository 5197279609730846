import type { Catalogue } from '../catalogue';
import { pluralOf } from '../plural';

const p = pluralOf('pt-BR');

/** What the schedule says of placeholders. */
export const staff: Catalogue['staff'] = {
  group: 'A preencher',
  count: (a) => p(a.n, '{n} vaga a preencher', '{n} vagas a preencher'),
  add: 'Adicionar vaga a preencher',
  edit: 'Vaga a preencher',
  removeHint: 'Ao removê-la, as alocações dela também saem.',
  titleHint: 'Quem se procura, por exemplo “Desenvolvedor”.',
  cell: (a) => `${a.period}: ${a.hours} a preencher`,
  tentative: (a) => `${a.hours} provisórias`,
  nothing: 'Nenhuma pessoa nem vaga a preencher com este nome',
};

import type { Catalogue } from '../catalogue';

export const plan: Catalogue['plan'] = {
  weeks: 'Semanas',
  off: 'Ausências e feriados',
  nothing: 'Nada alocado nestas semanas.',
  upcoming: 'Próximo',
  changed: (a) => `${a.now}, antes ${a.before}`,
  earlier: 'Semana anterior',
  later: 'Próxima semana',
  free: 'Nada alocado.',
  dayOff: 'Dia não útil',
  request: 'Solicitar ausência',
  requestHint: 'Fica à espera de quem planeja. Enquanto não for aprovada, nada muda.',
  send: 'Solicitar',
  sent: (a) => `Solicitado: ${a.days}`,
  requests: 'Minhas ausências',
  noRequests: 'Nenhuma ausência a partir de hoje e nenhuma solicitação em espera.',
  takeBack: 'Retirar',
  takeBackOf: (a) => `Retirar: ${a.what}`,
  takenBack: (a) => `Retirado: ${a.what}`,
  nobody: 'Sua conta ainda não está vinculada a uma pessoa do plano, então não há uma semana sua.',
  askAdmin: (a) =>
    `Peça a um administrador de ${a.workspace} que a vincule: em Configurações, Membros, ele escolhe qual pessoa é você.`,
  linkSelf: 'Escolha entre os membros qual pessoa é você',
};

import type { WarningTexts } from '../catalogue';

export const warnings: WarningTexts = {
  'no-load': 'Não inclui nenhum dia útil: esta reserva não conta nada.',
  overbooked: 'Acima da capacidade: {days}.',
  infeasible: 'O trabalho não cabe, sobram {hours}: {days}.',
  displaced: 'A ausência tira {hours} de {project}: {days}.',
  'requested-time-off': 'Há uma ausência solicitada: {days}.',
  'outside-employment': 'Fora do contrato: {days}.',
  'outside-project': 'Fora das datas do projeto: {days}.',
  'over-budget': 'O trabalho passa do orçamento de {project}: {hours}.',
};

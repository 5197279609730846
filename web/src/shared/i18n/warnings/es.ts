import type { WarningTexts } from '../catalogue';

export const warnings: WarningTexts = {
  'no-load': 'No incluye ningún día laborable: esta reserva no cuenta nada.',
  overbooked: 'Por encima de la capacidad: {days}.',
  infeasible: 'El trabajo no cabe, sobran {hours}: {days}.',
  displaced: 'La ausencia quita {hours} a {project}: {days}.',
  'requested-time-off': 'Hay una ausencia solicitada: {days}.',
  'outside-employment': 'Fuera del contrato: {days}.',
  'outside-project': 'Fuera de las fechas del proyecto: {days}.',
  'over-budget': 'El trabajo supera el presupuesto de {project}: {hours}.',
};

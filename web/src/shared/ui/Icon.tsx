import css from './ui.module.css';

/** One set: 16 units square, stroke 1.5. */
const PATHS = {
  schedule: 'M2 4h7M5 8h9M3 12h6',
  dashboard: 'M2 13V8M6 13V4M10 13V9M14 13V2',
  people:
    'M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 2.8a2.5 2.5 0 0 1 0 4.4M12.2 9.9c1.4.5 2.3 1.8 2.3 3.6',
  projects: 'M2 4.5h4l1.5 1.5H14v7H2z',
  clients: 'M2 5.500h12V13H2zM6 5.500V3h4v2.500M2 9h12',
  activity: 'M1.500 8.500h3l2-6 3 11 2-5h3',
  undo: 'M6 3 3 6l3 3M3.5 6H9a4 4 0 0 1 0 8H7',
  redo: 'm10 3 3 3-3 3M12.500 6H7a4 4 0 0 0 0 8h2',
  left: 'M10 3 5 8l5 5',
  right: 'm6 3 5 5-5 5',
  down: 'm3 6 5 5 5-5',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  close: 'm4 4 8 8M12 4l-8 8',
  edit: 'm3 13 .5-3L10.500 3 13 5.500 6 12.500z',
  trash: 'M3 4.500h10M6 4.500V3h4v1.500M4.500 4.500 5 13.500h6l.500-9M7 7v4M9 7v4',
  keys: 'M1.500 4h13v8h-13zM4 6.500h.010M6.700 6.500h.010M9.300 6.500h.010M12 6.500h.010M4.500 9.500h7',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2.500 14c0-3 2.500-4.500 5.500-4.500s5.500 1.500 5.500 4.500',
  /* Somebody's outline, of whom nothing is known but that they are wanted. */
  vacancy:
    'M3.700 3.200A2.500 2.500 0 0 1 6 2.500M7.700 3.200A2.500 2.500 0 0 1 8.500 5M7.700 6.800A2.500 2.500 0 0 1 6 7.500M4.300 6.800A2.500 2.500 0 0 1 3.500 5M1.500 13.500c0-1.500.700-2.600 1.800-3.300M5 9.600c1.300-.2 2.600 0 3.500.5M12 8v6M9 11h6',
  fold: 'M2 3h12v10H2zM6 3v10',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM11 11l3 3',
  bell: 'M3.500 11.500h9L11.500 10V7a3.500 3.500 0 0 0-7 0v3zM6.700 13.700a1.500 1.500 0 0 0 2.600 0',
  settings: 'M2 5h6M12 5h2M2 11h2M8 11h6M10 3.200v3.600M6 9.200v3.600',
  rows: 'M2 4h12M2 8h12M2 12h12',
  calendar: 'M2.500 3.500h11v10h-11zM2.500 6.500h11M5.500 2v3M10.500 2v3',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className={css.icon} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

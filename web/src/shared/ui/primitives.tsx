import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { useI18n } from '../i18n/i18n';
import { useChunks } from '../lib/chunks';
import { Icon, type IconName } from './Icon';
import css from './ui.module.css';

export function IconButton({
  icon,
  label,
  ...rest
}: { icon: IconName; label: string } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" className={css.iconButton} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}

export function Empty({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <div className={css.empty}>
      <p>{text}</p>
      {children}
    </div>
  );
}

/** In the place of what is being fetched, in one line: also that the server is waited for. */
export function Loading() {
  const { t } = useI18n();
  const { waiting } = useChunks();
  return <p role="status">{waiting > 0 ? t.app.waiting : t.app.loading}</p>;
}

/** Still stripes for what is not known yet; they show after 150 ms only. */
export function Waiting() {
  const { t } = useI18n();
  return (
    <div role="status" aria-label={t.app.loading}>
      <div className={css.stripes} />
    </div>
  );
}

const first = (word: string | undefined) => (word ? ([...word][0] ?? '') : '');

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return (
    first(words[0]) + (words.length > 1 ? first(words[words.length - 1]) : '')
  ).toLocaleUpperCase();
}

export function Avatar({ name }: { name: string }) {
  return (
    // Drawn by the style sheet: initials are a picture, and no part of a button's name.
    <span className={css.avatar} aria-hidden="true" data-initials={initials(name)} />
  );
}

/** The palette's grey, for a project without a colour. */
const SLATE = 11;

/** Colour beside a project's name; never the only sign. */
export function Swatch({ colour }: { colour: number | null }) {
  const place = colour ?? SLATE;
  return (
    <span
      className={css.swatch}
      aria-hidden="true"
      style={{
        background: `var(--project-${place}-fill)`,
        borderColor: `var(--project-${place}-edge)`,
      }}
    />
  );
}

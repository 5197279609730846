import type { Warning } from '../api/schema.gen';
import { useI18n } from '../i18n/i18n';
import { sayWarning, type NameOf } from '../i18n/warning';
import css from './ui.module.css';

/** What a planner would be surprised by in what is about to be saved. */
export function Warnings({ warnings, nameOf }: { warnings: readonly Warning[]; nameOf: NameOf }) {
  const words = useI18n();
  const said = [...new Set(warnings.map((warning) => sayWarning(warning, words, nameOf)))];
  return (
    <div role="status">
      {said.length > 0 && (
        <ul className={css.warnings} aria-label={words.t.warned.title}>
          {said.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

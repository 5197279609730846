import type { ReactNode } from 'react';
import { useI18n } from '../i18n/i18n';
import list from '../ui/list.module.css';
import ui from '../ui/ui.module.css';

/** A panel with a label and a value per line; "–" stands for a missing value. */
export function Facts({ facts }: { facts: [label: string, value: ReactNode][] }) {
  const { t } = useI18n();
  return (
    <section className={ui.panel}>
      <div className={ui.panelHead}>
        <h2>{t.resource.details}</h2>
      </div>
      <dl className={list.facts}>
        {facts.map(([label, value]) => (
          <Fact key={label} label={label} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Fact({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value || '–'}</dd>
    </>
  );
}

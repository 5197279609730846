import list from './list.module.css';
import ui from './ui.module.css';

/** A panel of what is known of a thing: a name and a value a line, "–" where there is none. */
export function Facts({
  title,
  facts,
}: {
  title: string;
  facts: [string, string | null | undefined][];
}) {
  return (
    <section className={ui.panel}>
      <h2>{title}</h2>
      <dl className={list.facts}>
        {facts.map(([label, value]) => (
          <Fact key={label} label={label} value={value} />
        ))}
      </dl>
    </section>
  );
}

function Fact({ label, value }: { label: string; value: string | null | undefined }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value || '–'}</dd>
    </>
  );
}

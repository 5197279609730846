import { isConflict } from '@/shared/api/client';
import { useInvalidate } from '@/shared/api/WorkspaceContext';
import type { BodyOf, Fields, RecordOf } from '@/shared/form/field';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { useSteps } from '@/shared/resource/useSteps';
import ui from '@/shared/ui/ui.module.css';
import css from './settings.module.css';

interface PartProps<F extends Fields> {
  title: string;
  fields: F;
  record: RecordOf<F>;
  /** Sends what was changed, and nothing else. */
  save: (changes: Partial<BodyOf<F>>) => Promise<unknown>;
}

/** Some of the settings, in a panel with a form of its own. */
export function Part<const F extends Fields>({ title, fields, record, save }: PartProps<F>) {
  const { t } = useI18n();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const form = useForm(fields, record, async (body) => {
    const changes = form.changes(body);
    if (Object.keys(changes).length === 0) return;
    try {
      await save(changes);
      await invalidate();
      changed(t.resource.saved({ what: title }));
    } catch (error) {
      // The settings as they are now, on which the next try is based.
      if (isConflict(error)) await invalidate('get_settings');
      throw error;
    }
    // What was typed is as the server keeps it: without spaces around it.
    const kept: Readonly<Record<string, unknown>> = body;
    for (const { name, read } of fields) {
      const field: F[number]['name'] = name;
      form.set(field, read(kept[name]) as never);
    }
  });
  return (
    <section className={`${ui.panel} ${css.part}`}>
      <h2>{title}</h2>
      <Form form={form} />
    </section>
  );
}

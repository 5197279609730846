import type { ReactNode } from 'react';
import { isConflict } from '../api/client';
import type { TenantReadId } from '../api/workspace';
import { useInvalidate } from '../api/WorkspaceContext';
import type { BodyOf, Fields, RecordOf } from '../form/field';
import { Form } from '../form/Form';
import { useForm } from '../form/useForm';
import { useI18n } from '../i18n/i18n';
import { useSteps } from './useSteps';

interface ResourceFormProps<F extends Fields, R> {
  fields: F;
  /** The record to edit; null for a new one. */
  record: RecordOf<F> | null;
  save: (body: BodyOf<F>) => Promise<R>;
  /** What is saved, as it is said of it: a name, or what kind of record it is. */
  what: string | ((body: BodyOf<F>) => string);
  /** The operations whose queries are invalidated after saving; by default all queries of the workspace. */
  touches?: TenantReadId[];
  /** Shown before the buttons: what is to be said of what would be saved, null while a field is invalid. */
  notice?: (body: BodyOf<F> | null) => ReactNode;
  done: (saved: R) => void;
  cancel: () => void;
}

/** A form that creates or edits a resource: its fields say how values are shown, validated and sent. */
export function ResourceForm<const F extends Fields, R>(props: ResourceFormProps<F, R>) {
  const { fields, record, save, what, touches = [], notice, done, cancel } = props;
  const { t } = useI18n();
  const invalidate = useInvalidate();
  const { changed } = useSteps();
  const form = useForm(fields, record, async (body) => {
    try {
      const saved = await save(body);
      await invalidate(...touches);
      done(saved);
      changed(t.resource.saved({ what: typeof what === 'string' ? what : what(body) }));
    } catch (error) {
      // The record as it is now, on which the next try is based.
      if (isConflict(error)) await invalidate(...touches);
      throw error;
    }
  });
  return <Form form={form} cancel={cancel} notice={notice?.(form.body())} />;
}

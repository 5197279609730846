import type { ReactNode } from 'react';
import type { TenantReadId } from '../api/workspace';
import { useInvalidate } from '../api/WorkspaceContext';
import type { BodyOf, Fields, RecordOf } from '../form/field';
import { Form } from '../form/Form';
import { useForm } from '../form/useForm';

interface ResourceFormProps<F extends Fields, R> {
  fields: F;
  /** The record to edit; null for a new one. */
  record: RecordOf<F> | null;
  save: (body: BodyOf<F>) => Promise<R>;
  /** The operations whose queries are invalidated after saving; by default all queries of the workspace. */
  touches?: TenantReadId[];
  /** Shown before the buttons: what is to be said of what would be saved, null while a field is invalid. */
  notice?: (body: BodyOf<F> | null) => ReactNode;
  done: (saved: R) => void;
  cancel: () => void;
}

/** A form that creates or edits a resource: its fields say how values are shown, validated and sent. */
export function ResourceForm<const F extends Fields, R>(props: ResourceFormProps<F, R>) {
  const { fields, record, save, touches = [], notice, done, cancel } = props;
  const invalidate = useInvalidate();
  const form = useForm(fields, record, async (body) => {
    const saved = await save(body);
    await invalidate(...touches);
    done(saved);
  });
  return <Form form={form} cancel={cancel} notice={notice?.(form.body())} />;
}

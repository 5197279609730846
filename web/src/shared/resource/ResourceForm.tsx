import type { TenantReadId } from '../api/workspace';
import { useInvalidate } from '../api/WorkspaceContext';
import type { BodyOf, Fields, RecordOf } from '../form/field';
import { Form } from '../form/Form';
import { useForm } from '../form/useForm';

interface ResourceFormProps<F extends Fields, R> {
  fields: F;
  /** What is being changed; null for something new. */
  record: RecordOf<F> | null;
  save: (body: BodyOf<F>) => Promise<R>;
  /** Whose answers are fetched again afterwards; all of the workspace's where nothing is said. */
  touches?: TenantReadId[];
  done: (saved: R) => void;
  cancel: () => void;
}

/** Adds a resource or changes one: the fields say what is shown, checked and sent. */
export function ResourceForm<const F extends Fields, R>(props: ResourceFormProps<F, R>) {
  const { fields, record, save, touches = [], done, cancel } = props;
  const invalidate = useInvalidate();
  const form = useForm(fields, record, async (body) => {
    const saved = await save(body);
    await invalidate(...touches);
    done(saved);
  });
  return <Form form={form} cancel={cancel} />;
}

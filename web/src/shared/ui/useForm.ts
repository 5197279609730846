import { useCallback, useState } from 'react';
import { ApiError } from '../api/client';

type Errors<V> = Partial<Record<keyof V, string>>;

export interface Form<V> {
  values: V;
  errors: Errors<V>;
  busy: boolean;
  /** What went wrong beside the fields, as thrown. */
  failure: unknown;
  set: <K extends keyof V>(name: K, value: V[K]) => void;
  /** Checks a field as one leaves it. */
  leave: (name: keyof V) => void;
  submit: () => Promise<boolean>;
}

/** Server pointers such as `/full_name` or `/effort/minutes` name the field by their first part. */
function fieldErrors<V extends object>(error: unknown, values: V): Errors<V> {
  const found: Errors<V> = {};
  if (!(error instanceof ApiError)) return found;
  for (const { pointer, detail } of error.problem.errors ?? []) {
    const name = pointer.replace(/^#?\/(commands\/\d+\/(body\/)?)?/, '').split('/')[0] as keyof V;
    if (name in values) found[name] ??= detail;
  }
  return found;
}

/** A form that validates as one leaves a field and shows the server's field errors at the field; a failed send loses nothing. */
export function useForm<V extends object>(
  initial: V,
  validate: (v: V) => Errors<V>,
  send: (v: V) => Promise<unknown>,
): Form<V> {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState<Errors<V>>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const set = useCallback(<K extends keyof V>(name: K, value: V[K]) => {
    setValues((v) => ({ ...v, [name]: value }));
    setErrors((e) => ({ ...e, [name]: undefined }));
  }, []);
  const leave = (name: keyof V) => setErrors((e) => ({ ...e, [name]: validate(values)[name] }));
  const submit = async () => {
    const wrong = validate(values);
    setErrors(wrong);
    if (Object.values(wrong).some(Boolean)) return false;
    setBusy(true);
    setFailure(null);
    try {
      await send(values);
      return true;
    } catch (error) {
      const atFields = fieldErrors(error, values);
      setErrors(atFields);
      if (Object.keys(atFields).length === 0) setFailure(error);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { values, errors, busy, failure, set, leave, submit };
}

import { useState } from 'react';
import { ApiError } from '../api/client';
import type { Words } from '../i18n/catalogue';
import { useI18n } from '../i18n/i18n';
import { sayProblem } from '../i18n/problem';
import {
  isShown,
  type AnyValues,
  type BodyOf,
  type Errors,
  type Fields,
  type RecordOf,
  type ValuesOf,
} from './field';

export interface Form<F extends Fields> {
  fields: F;
  values: ValuesOf<F>;
  errors: Errors<F>;
  busy: boolean;
  /** What went wrong beside the fields, as thrown. */
  failure: unknown;
  set: <N extends keyof ValuesOf<F>>(name: N, value: ValuesOf<F>[N]) => void;
  /** Checks a field as one leaves it. */
  leave: (name: keyof ValuesOf<F>) => void;
  /** What would be sent now; null where something is wrong. */
  body: () => BodyOf<F> | null;
  submit: () => Promise<boolean>;
}

/** Server pointers such as `/full_name` or `/employment/from` name a field by one of their parts. */
export function fieldErrors(error: unknown, values: object, words: Words): Record<string, string> {
  const found: Record<string, string> = {};
  if (!(error instanceof ApiError)) return found;
  for (const wrong of error.problem.errors ?? []) {
    const parts = wrong.pointer.replace(/^#?\/(commands\/\d+\/(body\/)?)?/, '').split('/');
    const name = parts.find((part) => part in values);
    if (name) found[name] ??= sayProblem(wrong, words);
  }
  return found;
}

const mapped = (fields: Fields, value: (field: Fields[number]) => unknown) =>
  Object.fromEntries(fields.map((field) => [field.name, value(field)]));

/** Makes what the fields refer to; `keep` sees to it that what was made once is not made again when sending fails. */
async function prepare(fields: Fields, all: AnyValues, keep: (now: AnyValues) => void) {
  let now = all;
  for (const field of fields) {
    if (!field.prepare || !isShown(field, now)) continue;
    now = { ...now, [field.name]: await field.prepare(now[field.name]) };
    keep(now);
  }
  return now;
}

/**
 * A form's state: it validates as one leaves a field and shows the server's field errors at the field; a failed send loses
 * nothing. `record` is what is being changed.
 */
export function useForm<const F extends Fields>(
  fields: F,
  record: RecordOf<F> | null,
  send: (body: BodyOf<F>) => unknown,
): Form<F> {
  const words = useI18n();
  const { t } = words;
  // Objects made from a list of fields have the fields' names, which only whoever gives the list can know.
  const typed = <T>(made: unknown) => made as T;
  const start = () => {
    const known: AnyValues = { ...record };
    return typed<ValuesOf<F>>(mapped(fields, (field) => field.read(known[field.name])));
  };
  const [values, setValues] = useState(start);
  const [untouched] = useState(values);
  const [errors, setErrors] = useState<Errors<F>>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  const all: AnyValues = values;
  const wrong = (field: Fields[number]) =>
    isShown(field, all) ? field.check?.(all[field.name], t, all) : undefined;
  const bodyOf = (now: AnyValues) =>
    typed<BodyOf<F>>(mapped(fields, (field) => field.write(now[field.name])));

  return {
    fields,
    values,
    errors,
    busy,
    failure,
    set: (name, value) => {
      setValues((now) => ({ ...now, [name]: value }));
      setErrors((now) => ({ ...now, [name]: undefined }));
    },
    leave: (name) => {
      const field = fields.find((f) => f.name === name);
      // Who only passes through a field is not told that it is empty.
      if (!field || values[name] === untouched[name]) return;
      setErrors((now) => ({ ...now, [name]: wrong(field) }));
    },
    body: () => (fields.some(wrong) ? null : bodyOf(all)),
    submit: async () => {
      const found = mapped(fields, wrong);
      setErrors(typed<Errors<F>>(found));
      if (Object.values(found).some(Boolean)) return false;
      setBusy(true);
      setFailure(null);
      try {
        const ready = await prepare(fields, all, (now) => setValues(typed<ValuesOf<F>>(now)));
        await send(bodyOf(ready));
        return true;
      } catch (error) {
        const atFields = fieldErrors(error, values, words);
        setErrors(typed<Errors<F>>(atFields));
        if (Object.keys(atFields).length === 0) setFailure(error);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

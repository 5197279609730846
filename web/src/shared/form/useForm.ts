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
  /** The error of the last submit, if it belongs to no field. */
  failure: unknown;
  set: <N extends keyof ValuesOf<F>>(name: N, value: ValuesOf<F>[N]) => void;
  /** Validates a field on blur. */
  leave: (name: keyof ValuesOf<F>) => void;
  /** The body that a submit would send now; null if a field is invalid. */
  body: () => BodyOf<F> | null;
  submit: () => Promise<boolean>;
}

/** Maps the server's field errors to fields: a pointer such as `/employment/from` matches a field by any of its segments. */
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

/** Runs the fields' `prepare`. `keep` stores each result in the form, so that a retry after a failed submit creates nothing twice. */
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
 * A form's state. Fields are validated on blur and on submit, the server's field errors are shown at their fields, and a
 * failed submit keeps all input. `record` is the record to edit.
 */
export function useForm<const F extends Fields>(
  fields: F,
  record: RecordOf<F> | null,
  send: (body: BodyOf<F>) => unknown,
): Form<F> {
  const words = useI18n();
  const { t } = words;
  // `Object.fromEntries` loses the field names' types, which the caller's list of fields has.
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
      // Tabbing through an untouched field shows no error.
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

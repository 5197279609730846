import { useState } from 'react';
import { ApiError } from '../api/client';
import type { Words } from '../i18n/catalogue';
import { useI18n } from '../i18n/i18n';
import { sayProblem, type Said } from '../i18n/problem';
import {
  isShown,
  type AnyField,
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
  /** Whether anything has been typed that is not saved. */
  dirty: boolean;
  set: <N extends keyof ValuesOf<F>>(name: N, value: ValuesOf<F>[N]) => void;
  /** Suggests a value for a field in which nothing has been typed. */
  suggest: <N extends keyof ValuesOf<F>>(name: N, value: ValuesOf<F>[N]) => void;
  /** Validates a field on blur. */
  leave: (name: keyof ValuesOf<F>) => void;
  /** The body that a submit would send now; null if a field is invalid. */
  body: () => BodyOf<F> | null;
  /** Those of the body's values that differ from the record; what is sent of a change, so that it changes nothing else. */
  changes: (body: BodyOf<F>) => Partial<BodyOf<F>>;
  submit: () => Promise<boolean>;
}

/** Figures of a message in the unit that the field is typed in. */
const inUnit = (params: Said['params'] = {}, unit: number) =>
  Object.fromEntries(
    Object.entries(params).map(([name, v]) => [name, typeof v === 'number' ? v / unit : v]),
  );

/** Maps the server's field errors to fields: a pointer such as `/employment/from` matches a field by any of its segments. */
export function fieldErrors(
  error: unknown,
  fields: readonly Pick<AnyField, 'name' | 'unit'>[],
  words: Words,
): Record<string, string> {
  const found: Record<string, string> = {};
  if (!(error instanceof ApiError)) return found;
  for (const wrong of error.problem.errors ?? []) {
    const parts = wrong.pointer.replace(/^#?\/(commands\/\d+\/(body\/)?)?/, '').split('/');
    const field = fields.find(({ name }) => parts.includes(name));
    if (!field) continue;
    const params = inUnit(wrong.params, field.unit ?? 1);
    found[field.name] ??= sayProblem({ ...wrong, params }, words);
  }
  return found;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The inputs after their record has changed: what was typed stays, all else is as the record is now. */
export function rebased(values: AnyValues, before: AnyValues, now: AnyValues): AnyValues {
  const kept = (name: string) => (same(values[name], before[name]) ? now[name] : values[name]);
  return Object.fromEntries(Object.keys(values).map((name) => [name, kept(name)]));
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
 * failed submit keeps all input. `record` is the record to edit; where it changes meanwhile, what was not typed follows it.
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
  const fresh = start();
  const [known, setKnown] = useState(fresh);
  const [untouched, setUntouched] = useState(fresh);
  const [values, setValues] = useState(fresh);
  const [errors, setErrors] = useState<Errors<F>>({});
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);

  if (!same(known, fresh)) {
    setKnown(fresh);
    setUntouched(fresh);
    setValues(typed<ValuesOf<F>>(rebased(values, untouched, fresh)));
  }

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
    // What is on its way is not lost.
    dirty: !busy && !same(values, untouched),
    suggest: (name, value) => {
      const over = (now: ValuesOf<F>) => (same(now[name], untouched[name]) ? value : now[name]);
      setValues((now) => ({ ...now, [name]: over(now) }));
      setUntouched((now) => ({ ...now, [name]: value }));
    },
    set: (name, value) => {
      setValues((now) => ({ ...now, [name]: value }));
      setErrors((now) => ({ ...now, [name]: undefined }));
    },
    leave: (name) => {
      const field = fields.find((f) => f.name === name);
      // Tabbing through an untouched field shows no error.
      if (!field || same(values[name], untouched[name])) return;
      setErrors((now) => ({ ...now, [name]: wrong(field) }));
    },
    body: () => (fields.some(wrong) ? null : bodyOf(all)),
    changes: (body) => {
      const changed = fields.filter(
        ({ name }) => !same(all[name], known[name as keyof typeof known]),
      );
      const named: AnyValues = body;
      return typed<Partial<BodyOf<F>>>(mapped(changed, (field) => named[field.name]));
    },
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
        const seen = fields.filter((field) => isShown(field, all));
        const atFields = fieldErrors(error, seen, words);
        setErrors(typed<Errors<F>>(atFields));
        if (Object.keys(atFields).length === 0) setFailure(error);
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

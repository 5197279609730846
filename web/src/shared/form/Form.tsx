import { Button } from '@mantine/core';
import { Fragment, type FormEvent, type ReactNode } from 'react';
import { useI18n } from '../i18n/i18n';
import { ErrorNotice } from '../ui/ErrorNotice';
import { useUnsaved } from '../ui/unsaved';
import css from './form.module.css';
import { isShown, type AnyField, type AnyValues, type Fields } from './field';
import type { Form as FormState } from './useForm';

interface FormProps<F extends Fields> {
  form: FormState<F>;
  title?: string;
  hint?: ReactNode;
  /** The label of the submit button; "Save" by default. */
  submit?: string;
  /** Shows the submit button as a secondary one. */
  quiet?: boolean;
  /** The buttons span the full width. */
  wide?: boolean;
  cancel?: () => void;
  cancelLabel?: string;
  /** An extra button at the left of the footer. */
  extra?: ReactNode;
  /** An error from outside the form, shown at the top like the form's own. */
  failure?: unknown;
  /** Shown between the fields and the buttons. */
  notice?: ReactNode;
  done?: () => void;
}

/** Renders a form: error, fields, buttons. */
export function Form<F extends Fields>(props: FormProps<F>) {
  const { t } = useI18n();
  const { form, done, cancel } = props;
  useUnsaved(form.dirty, form.busy);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void form.submit().then((ok) => ok && done?.());
  };
  return (
    <form className={css.form} noValidate onSubmit={submit}>
      {props.title && <h2>{props.title}</h2>}
      {props.hint && <p>{props.hint}</p>}
      <ErrorNotice error={form.failure ?? props.failure} />
      <FormFields form={form} />
      {props.notice}
      <div className={css.foot} data-wide={props.wide || undefined}>
        {props.extra}
        {cancel && (
          <Button variant="default" onClick={cancel}>
            {props.cancelLabel ?? t.action.cancel}
          </Button>
        )}
        <Button type="submit" variant={props.quiet ? 'default' : undefined} loading={form.busy}>
          {props.submit ?? t.action.save}
        </Button>
      </div>
    </form>
  );
}

/** Groups consecutive half-width fields into rows. */
function rows(fields: readonly AnyField[]): AnyField[][] {
  const list: AnyField[][] = [];
  for (const field of fields) {
    const last = list[list.length - 1];
    if (field.half && last?.[0]?.half) last.push(field);
    else list.push([field]);
  }
  return list;
}

function FormFields<F extends Fields>({ form }: { form: FormState<F> }) {
  const values: AnyValues = form.values;
  const errors: Readonly<Record<string, string | undefined>> = form.errors;
  const show = (field: AnyField) => {
    // Filtering widens the type of the list; the names are still those of the form's fields.
    const name = field.name as F[number]['name'];
    return (
      <Fragment key={field.name}>
        {field.render({
          name,
          value: values[name],
          error: errors[name],
          set: (value) => form.set(name, value as never),
          leave: () => form.leave(name),
        })}
      </Fragment>
    );
  };
  return rows(form.fields.filter((field) => isShown(field, values))).map((row) => {
    const [first] = row;
    if (!first) return null;
    return first.half ? (
      <div key={first.name} className={css.row}>
        {row.map(show)}
      </div>
    ) : (
      show(first)
    );
  });
}

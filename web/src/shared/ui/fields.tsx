import './select.css';
import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { Button } from '@mantine/core';
import { useI18n } from '../i18n/i18n';
import { ErrorNotice } from './ErrorNotice';
import ui from './ui.module.css';
import type { Form } from './useForm';

type TextKeys<V> = { [K in keyof V]: V[K] extends string ? K : never }[keyof V];

interface FieldProps<V> {
  form: Form<V>;
  name: TextKeys<V>;
  label: string;
  description?: string;
  required?: boolean;
}

const wire = <V,>({ form, name }: Pick<FieldProps<V>, 'form' | 'name'>) => ({
  value: form.values[name] as string,
  error: form.errors[name],
  onChange: (e: { currentTarget: { value: string } }) =>
    form.set(name, e.currentTarget.value as V[TextKeys<V>]),
  onBlur: () => form.leave(name),
});

export function TextField<V>({
  form,
  name,
  type = 'text',
  ...rest
}: FieldProps<V> & { type?: string; inputMode?: 'decimal'; autoFocus?: boolean }) {
  return <TextInput type={type} {...wire({ form, name })} {...rest} />;
}

export function AreaField<V>({ form, name, ...rest }: FieldProps<V>) {
  return <Textarea autosize={false} rows={3} {...wire({ form, name })} {...rest} />;
}

export function ChoiceField<V>({
  form,
  name,
  options,
  ...rest
}: FieldProps<V> & { options: { value: string; label: string }[] }) {
  return <NativeSelect data={options} {...wire({ form, name })} {...rest} />;
}

/** A form's frame: what went wrong at the top, save and cancel at the bottom. */
export function FormFrame<V>({
  form,
  done,
  cancel,
  children,
  extra,
}: {
  form: Form<V>;
  done: () => void;
  cancel?: () => void;
  children: ReactNode;
  extra?: ReactNode;
}) {
  const { t } = useI18n();
  const submit = (e: FormEvent) => {
    e.preventDefault();
    void form.submit().then((ok) => ok && done());
  };
  return (
    <form className={ui.form} noValidate onSubmit={submit}>
      <ErrorNotice error={form.failure} />
      {children}
      <div className={ui.formFoot}>
        {extra}
        {cancel && (
          <Button variant="default" onClick={cancel}>
            {t.action.cancel}
          </Button>
        )}
        <Button type="submit" loading={form.busy}>
          {t.action.save}
        </Button>
      </div>
    </form>
  );
}

/** Tags as people type them. */
export const splitTags = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((s) => s.trim())
      .filter(Boolean),
  ),
];

/** Hours as typed, in minutes; null for nothing, NaN for no number. */
export function minutesOf(text: string): number | null {
  const clean = text.trim().replace(',', '.');
  if (clean === '') return null;
  return /^\d+(\.\d+)?$/.test(clean) ? Math.round(Number(clean) * 60) : Number.NaN;
}
export const hoursText = (minutes: number | null | undefined): string =>
  minutes === null || minutes === undefined ? '' : String(minutes / 60);

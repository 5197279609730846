/** Builders for the common kinds of fields. A feature may define a field of its own as an object of the `Field` interface. */
import '../ui/select.css';
import { Checkbox, NativeSelect, Textarea, TextInput } from '@mantine/core';
import type { Catalogue } from '../i18n/catalogue';
import { isIso } from '../lib/days';
import { looksLikeEmail } from '../lib/email';
import { hoursText, minutesOf, numberOf, numberText, splitTags } from '../lib/typed';
import { DateInput } from './DateInput';
import type { AnyValues, Field, FieldState } from './field';

export interface FieldOptions {
  half?: boolean;
  shown?: (all: AnyValues) => boolean;
}
export interface TextOptions extends FieldOptions {
  required?: boolean;
  description?: string;
  placeholder?: string;
  autoFocus?: boolean;
  autoComplete?: string;
  /** Validates non-empty text. */
  check?: (text: string, t: Catalogue, all: AnyValues) => string | undefined;
}
type Must<O> = O & { required: true };

/** Binds a field's state to an input element. */
const wire = ({ name, value, error, set, leave }: FieldState<string>) => ({
  name,
  value,
  error,
  onChange: (e: { currentTarget: { value: string } }) => set(e.currentTarget.value),
  onBlur: leave,
});

const place = ({ half, shown }: FieldOptions) => ({ half, shown });
const attributes = ({
  required,
  description,
  placeholder,
  autoFocus,
  autoComplete,
}: TextOptions) => ({
  required,
  description,
  placeholder,
  autoFocus,
  autoComplete,
});

/** A single-line input of any HTML type. */
function line<N extends string, Output>(
  name: N,
  label: string,
  options: TextOptions & { type?: string; inputMode?: 'decimal' },
  codec: Pick<Field<N, string, Output>, 'read' | 'write'>,
): Field<N, string, Output> {
  const { type = 'text', inputMode } = options;
  return {
    ...place(options),
    ...codec,
    name,
    check: (text, t, all) => {
      if (text.trim() === '') return options.required ? t.error.required : undefined;
      return options.check?.(text.trim(), t, all);
    },
    render: (state) => (
      <TextInput
        type={type}
        inputMode={inputMode}
        label={label}
        {...attributes(options)}
        {...wire(state)}
      />
    ),
  };
}

const words = {
  read: (value: string | null | undefined) => value ?? '',
  write: (text: string) => text.trim() || null,
};
/** For required fields: validation guarantees that the text is not empty. */
const mustWords = { ...words, write: (text: string) => text.trim() };

/** A single line of text; empty is sent as `null`. */
export function text<N extends string>(
  name: N,
  label: string,
  options: Must<TextOptions>,
): Field<N, string, string>;
export function text<N extends string>(
  name: N,
  label: string,
  options?: TextOptions,
): Field<N, string, string | null>;
export function text<N extends string>(name: N, label: string, options: TextOptions = {}) {
  return line(name, label, options, options.required ? mustWords : words);
}

export function email<N extends string>(
  name: N,
  label: string,
  options: Must<TextOptions>,
): Field<N, string, string>;
export function email<N extends string>(
  name: N,
  label: string,
  options?: TextOptions,
): Field<N, string, string | null>;
export function email<N extends string>(name: N, label: string, options: TextOptions = {}) {
  const check: TextOptions['check'] = (typed, t) =>
    looksLikeEmail(typed) ? undefined : t.error.email;
  const all = { ...options, type: 'email', check };
  return line(name, label, all, options.required ? mustWords : words);
}

/** A password, sent untrimmed. `least` is the minimum length of a new password. */
export const password = <N extends string>(
  name: N,
  label: string,
  { least = 1, ...options }: TextOptions & { least?: number },
): Field<N, string, string> => ({
  ...line(name, label, { ...options, required: true, type: 'password' }, mustWords),
  write: (typed) => typed,
  check: (typed, t) => {
    if (typed.length >= least) return undefined;
    return typed === '' && least === 1 ? t.error.required : t.error.password;
  },
});

export interface DateOptions extends TextOptions {
  /** The name of the date field that this date must not precede. */
  notBefore?: string;
}
/** A date as the reader's language writes it, sent as `YYYY-MM-DD`. */
export function date<N extends string>(
  name: N,
  label: string,
  options: Must<DateOptions>,
): Field<N, string, string>;
export function date<N extends string>(
  name: N,
  label: string,
  options?: DateOptions,
): Field<N, string, string | null>;
export function date<N extends string>(
  name: N,
  label: string,
  options: DateOptions = {},
): Field<N, string, string | null> {
  const field = line(name, label, options, options.required ? mustWords : words);
  const check: typeof field.check = (typed, t, all) => {
    if (typed === '' && !options.required) return undefined;
    if (!isIso(typed)) return t.error.date;
    const first = options.notBefore ? all[options.notBefore] : undefined;
    return typeof first === 'string' && first !== '' && typed < first ? t.error.order : undefined;
  };
  const { required, description } = options;
  return {
    ...field,
    check,
    render: ({ name: of, value, error, set, leave }) => (
      <DateInput {...{ name: of, label, value, error, set, leave, required, description }} />
    ),
  };
}

const isNumber = (parse: (typed: string) => number | null): TextOptions['check'] => {
  return (typed, t) => (Number.isNaN(parse(typed) ?? 0) ? t.error.number : undefined);
};

/** Hours as input, sent as minutes. */
export const hours = <N extends string>(
  name: N,
  label: string,
  options: TextOptions = {},
): Field<N, string, number | null> => ({
  ...line(
    name,
    label,
    { ...options, inputMode: 'decimal', check: isNumber(minutesOf) },
    { read: hoursText, write: minutesOf },
  ),
  unit: 60,
});

export const decimal = <N extends string>(
  name: N,
  label: string,
  options: TextOptions = {},
): Field<N, string, number | null> =>
  line(
    name,
    label,
    { ...options, inputMode: 'decimal', check: isNumber(numberOf) },
    { read: numberText, write: numberOf },
  );

/** Comma-separated tags. */
export const tags = <N extends string>(
  name: N,
  label: string,
  options: TextOptions = {},
): Field<N, string, string[]> =>
  line(name, label, options, {
    read: (value) => value?.join(', ') ?? '',
    write: splitTags,
  });

/** Multi-line text; empty is sent as `null`. */
export const area = <N extends string>(
  name: N,
  label: string,
  options: FieldOptions = {},
): Field<N, string, string | null> => ({
  ...place(options),
  ...words,
  name,
  render: (state) => <Textarea autosize={false} rows={3} label={label} {...wire(state)} />,
});

export const check = <N extends string>(
  name: N,
  label: string,
  {
    usual,
    check: judge,
    ...options
  }: FieldOptions & { usual: boolean } & Pick<Field<N, boolean, boolean>, 'check'>,
): Field<N, boolean, boolean> => ({
  ...place(options),
  name,
  check: judge,
  read: (value) => value ?? usual,
  write: (on) => on,
  render: ({ value, error, set }) => (
    <Checkbox
      name={name}
      label={label}
      checked={value}
      error={error}
      onChange={(e) => set(e.currentTarget.checked)}
    />
  ),
});

export interface Option<V extends string> {
  value: V;
  label: string;
}
/** Options from a table of value to label. */
export const optionsOf = <V extends string>(texts: Record<V, string>): Option<V>[] =>
  (Object.keys(texts) as V[]).map((value) => ({ value, label: texts[value] }));

/** One of a few values; the default is `usual`, else the first. */
export const choice = <N extends string, V extends string>(
  name: N,
  label: string,
  options: readonly Option<V>[],
  more: FieldOptions & { usual?: NoInfer<V> } = {},
): Field<N, V, V> => ({
  ...place(more),
  name,
  read: (value) => value ?? more.usual ?? (options[0] as Option<V>).value,
  write: (value) => value,
  render: ({ value, set, error, leave }) => (
    <NativeSelect
      name={name}
      label={label}
      data={[...options]}
      value={value}
      error={error}
      onChange={(e) => {
        const chosen = options.find((o) => o.value === e.currentTarget.value);
        if (chosen) set(chosen.value);
      }}
      onBlur={leave}
    />
  ),
});

/** One of a few values or none; none is sent as `null`. */
export const optionalChoice = <N extends string, V extends string>(
  name: N,
  label: string,
  none: string,
  options: readonly Option<V>[],
  more: FieldOptions = {},
): Field<N, V | '', V | null> => ({
  ...choice<N, V | ''>(name, label, [{ value: '', label: none }, ...options], more),
  read: (value) => value ?? '',
  write: (value) => value || null,
});

import { NativeSelect, TextInput } from '@mantine/core';
import type { Field } from './field';
import type { FieldOptions, Option } from './fields';

export interface ReferenceOptions extends FieldOptions {
  required?: boolean;
  /** The label of the empty option. */
  none?: string;
  /** Allows to create the referenced resource with the form: an option, and a text field for the name. */
  create?: {
    option: string;
    label: string;
    /** Missing where the API itself finds or creates by name: the form then gets the name, marked by `asNew`. */
    make?: (name: string) => Promise<{ id: string }>;
  };
}

/** Marks a value as the name of a resource that is still to be created. */
const NEW = 'new:';
export const isNew = (value: string) => value.startsWith(NEW);
export const newName = (value: string) => value.slice(NEW.length).trim();
export const asNew = (name: string) => `${NEW}${name}`;

/** The id of another resource, chosen by name. */
export function reference<N extends string>(
  name: N,
  label: string,
  options: readonly Option<string>[],
  more: ReferenceOptions & { required: true },
): Field<N, string, string>;
export function reference<N extends string>(
  name: N,
  label: string,
  options: readonly Option<string>[],
  more?: ReferenceOptions,
): Field<N, string, string | null>;
export function reference<N extends string>(
  name: N,
  label: string,
  options: readonly Option<string>[],
  { required, none = '', create, half, shown }: ReferenceOptions = {},
): Field<N, string, string | null> {
  const data = [{ value: '', label: none }, ...options];
  if (create) data.push({ value: NEW, label: create.option });
  return {
    name,
    half,
    shown,
    read: (value) => value ?? '',
    write: (value) => value || null,
    check: (value, t) => {
      const missing = isNew(value) ? newName(value) === '' : value === '' && required;
      return missing ? t.error.required : undefined;
    },
    prepare: async (value) =>
      create?.make && isNew(value) ? (await create.make(newName(value))).id : value,
    render: ({ value, error, set, leave }) => (
      <>
        <NativeSelect
          name={name}
          label={label}
          required={required}
          data={data}
          value={isNew(value) ? NEW : value}
          error={isNew(value) ? undefined : error}
          onChange={(e) => set(e.currentTarget.value)}
          onBlur={leave}
        />
        {create && isNew(value) && (
          <TextInput
            label={create.label}
            required
            value={value.slice(NEW.length)}
            error={error}
            onChange={(e) => set(asNew(e.currentTarget.value))}
            onBlur={leave}
          />
        )}
      </>
    ),
  };
}

/** One of many values, found by typing. */
import '../ui/select.css';
import { Select } from '@mantine/core';
import type { Field } from './field';
import type { FieldOptions, Option } from './fields';

export interface SearchOptions extends FieldOptions {
  /** Said where nothing fits what was typed. */
  nothing: string;
  description?: string;
}

export const search = <N extends string>(
  name: N,
  label: string,
  options: readonly Option<string>[],
  { nothing, description, half, shown }: SearchOptions,
): Field<N, string, string> => ({
  name,
  half,
  shown,
  read: (value) => value ?? '',
  write: (value) => value,
  check: (value, t) => (value === '' ? t.error.required : undefined),
  render: ({ value, error, set, leave }) => {
    // A value that the list lacks is kept, and shown as it is.
    const known = value === '' || options.some((option) => option.value === value);
    return (
      <Select
        name={name}
        label={label}
        required
        searchable
        openOnFocus={false}
        allowDeselect={false}
        data={known ? [...options] : [{ value, label: value }, ...options]}
        value={value}
        error={error}
        description={description}
        nothingFoundMessage={nothing}
        onChange={(chosen) => chosen !== null && set(chosen)}
        onBlur={leave}
        comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
      />
    );
  },
});

/** A person, chosen from all there are: the server is asked for names as they are typed. */
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useWorkspace } from '../api/WorkspaceContext';
import type { Field, FieldState } from '../form/field';
import type { FieldOptions } from '../form/fields';
import { useI18n } from '../i18n/i18n';

const SHOWN = 20;
const TYPING_MS = 200;

export interface PersonOptions extends FieldOptions {
  required?: boolean;
  /** The label for nobody. */
  none?: string;
  /** Somebody who cannot be chosen. */
  except?: string;
  /** Hears who was chosen, by name. */
  chosen?: (id: string, name: string) => void;
}

/** The id of a person, chosen by name. */
export function personReference<N extends string>(
  name: N,
  label: string,
  more: PersonOptions & { required: true },
): Field<N, string, string>;
export function personReference<N extends string>(
  name: N,
  label: string,
  more?: PersonOptions,
): Field<N, string, string | null>;
export function personReference<N extends string>(
  name: N,
  label: string,
  more: PersonOptions = {},
): Field<N, string, string | null> {
  const { required, half, shown } = more;
  return {
    name,
    half,
    shown,
    read: (value) => value ?? '',
    write: (value) => value || null,
    check: (value, t) => (required && value === '' ? t.error.required : undefined),
    render: (state) => <PersonSelect label={label} state={state} more={more} />,
  };
}

function PersonSelect(props: { label: string; state: FieldState<string>; more: PersonOptions }) {
  const { label, state, more } = props;
  const { value, error, set, leave } = state;
  const { t } = useI18n();
  const { api } = useWorkspace();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), TYPING_MS);
  const now = useQuery({ ...api.q('get_person', { id: value }), enabled: value !== '' });
  const name = value === '' ? more.none : now.data?.full_name;
  // The field's own text is no question.
  const asked = q === name ? '' : q;
  const found = useQuery({
    ...api.q('list_people', { q: asked || undefined, limit: SHOWN }),
    placeholderData: keepPreviousData,
  });
  const people = (found.data?.items ?? [])
    .filter((p) => p.id !== value && p.id !== more.except)
    .map((p) => ({ value: p.id, label: p.full_name }));
  const none = more.none === undefined ? [] : [{ value: '', label: more.none }];
  const current = value === '' ? [] : [{ value, label: name ?? '…' }];
  return (
    <Select
      name={state.name}
      label={label}
      required={more.required}
      searchable
      openOnFocus={false}
      data={[...none, ...current, ...people]}
      filter={({ options }) => options}
      value={value}
      error={error}
      allowDeselect={false}
      nothingFoundMessage={t.people.nobodyFound}
      onSearchChange={setTyped}
      onChange={(id, option) => {
        set(id ?? '');
        if (id && option) more.chosen?.(id, option.label);
      }}
      onBlur={leave}
      comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
    />
  );
}

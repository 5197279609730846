/** Whose a booking is: a person, or a placeholder until there is one. */
import '@/shared/ui/select.css';
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import type { Field, FieldState } from '@/shared/form/field';
import { useI18n } from '@/shared/i18n/i18n';
import type { Catalogue } from '@/shared/i18n/catalogue';
import { KINDS, nameOf, useRecordName } from '@/shared/resource/records';
import type { Owner } from './owner';

const SHOWN = 20;
const TYPING_MS = 200;

/** An owner as the value of an option: `person:…`. */
const valueOf = (owner: Owner) => `${owner.kind}:${owner.id}`;
function ownerOfValue(value: string): Owner {
  const [kind, id = ''] = value.split(':');
  return { kind: kind === 'placeholder' ? 'placeholder' : 'person', id };
}

/** Named as the API names it, so that what is wrong with it is shown there. */
export const ownerField = (
  t: Catalogue,
  shown: boolean,
  /** Hears who was chosen, by name. */
  chosen: (name: string) => void,
): Field<'person_id', string, Owner> => ({
  name: 'person_id',
  shown: () => shown,
  read: (owner) => (owner ? valueOf(owner) : ''),
  write: ownerOfValue,
  check: (value) => (value === '' ? t.error.required : undefined),
  render: (state) => <OwnerSelect state={state} chosen={chosen} />,
});

/** Those of a kind whose names hold what was typed. */
function useFound(kind: Owner['kind'], q: string) {
  const { api } = useWorkspace();
  const found = useQuery({
    ...api.q(KINDS[kind].list, { q: q || undefined, limit: SHOWN }),
    placeholderData: keepPreviousData,
  });
  const items = found.data?.items ?? [];
  return items.map((one) => ({ value: valueOf({ kind, id: one.id }), label: nameOf(one) }));
}

function OwnerSelect(props: { state: FieldState<string>; chosen: (name: string) => void }) {
  const { t } = useI18n();
  const { name: field, value, error, set, leave } = props.state;
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), TYPING_MS);
  const now = ownerOfValue(value);
  const name = useRecordName(now.kind, now.id);
  // The field's own text is no question.
  const asked = q === name ? '' : q;
  const current = { value, label: name ?? '…' };
  const groups = [
    { kind: 'person', group: t.people.title, found: useFound('person', asked) },
    { kind: 'placeholder', group: t.staff.group, found: useFound('placeholder', asked) },
  ];
  const data = groups.map(({ kind, group, found }) => {
    const others = found.filter((option) => option.value !== value);
    return { group, items: kind === now.kind && now.id ? [current, ...others] : others };
  });
  return (
    <Select
      name={field}
      label={t.schedule.person}
      required
      searchable
      openOnFocus={false}
      data={data.filter(({ items }) => items.length > 0)}
      filter={({ options }) => options}
      value={value}
      error={error}
      allowDeselect={false}
      nothingFoundMessage={t.staff.nothing}
      onSearchChange={setTyped}
      onChange={(id, option) => {
        set(id ?? '');
        if (option) props.chosen(option.label);
      }}
      onFocus={(e) => e.currentTarget.select()}
      onBlur={leave}
      comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
    />
  );
}

/** A record, chosen from all there are: the server is asked for names as they are typed. */
import '../ui/select.css';
import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useWorkspace } from '../api/WorkspaceContext';
import { KINDS, nameOf, useRecordName, type Kind } from './records';

const SHOWN = 20;
const TYPING_MS = 200;

interface RecordSelectProps {
  kind: Kind;
  label: string;
  /** The record's id, or an empty text for none. */
  value: string;
  set: (id: string, name: string) => void;
  /** What is said where no name holds what was typed. */
  nothing: string;
  /** The label for none of them; without one, none cannot be chosen. */
  none?: string;
  /** A record that cannot be chosen. */
  except?: string;
  name?: string;
  required?: boolean;
  error?: string;
  leave?: () => void;
}

export function RecordSelect(props: RecordSelectProps) {
  const { kind, label, value, none, except } = props;
  const { api } = useWorkspace();
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), TYPING_MS);
  const known = useRecordName(kind, value);
  const name = value === '' ? none : known;
  // The field's own text is no question.
  const asked = q === name ? '' : q;
  const found = useQuery({
    ...api.q(KINDS[kind].list, { q: asked || undefined, limit: SHOWN }),
    placeholderData: keepPreviousData,
  });
  const others = (found.data?.items ?? [])
    .filter((record) => record.id !== value && record.id !== except)
    .map((record) => ({ value: record.id, label: nameOf(record) }));
  const nobody = none === undefined ? [] : [{ value: '', label: none }];
  const current = value === '' ? [] : [{ value, label: name ?? '…' }];
  return (
    <Select
      name={props.name}
      label={label}
      required={props.required}
      searchable
      openOnFocus={false}
      data={[...nobody, ...current, ...others]}
      filter={({ options }) => options}
      value={value}
      error={props.error}
      allowDeselect={false}
      nothingFoundMessage={props.nothing}
      onSearchChange={setTyped}
      onChange={(id, option) => props.set(id ?? '', option?.label ?? '')}
      onFocus={(e) => e.currentTarget.select()}
      onBlur={props.leave}
      comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
    />
  );
}

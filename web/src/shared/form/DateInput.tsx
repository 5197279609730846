/** A date, shown and typed as the reader's language writes it; the browser's calendar opens beside it. */
import { TextInput } from '@mantine/core';
import { useRef, useState, type ChangeEvent, type KeyboardEvent } from 'react';
import { useI18n } from '../i18n/i18n';
import { isIso } from '../lib/days';
import { dateHint, daysAfter, readDate, writeDate } from '../lib/typedDate';
import { IconButton } from '../ui/primitives';
import css from './form.module.css';

export interface DateInputProps {
  label: string;
  /** The label is said and not shown. */
  unlabelled?: boolean;
  name?: string;
  /** `YYYY-MM-DD`, or what was typed and is no date. */
  value: string;
  set: (value: string) => void;
  leave?: () => void;
  error?: string;
  required?: boolean;
  description?: string;
  /** The first and the last date that the calendar offers. */
  min?: string;
  max?: string;
  /** Dates are set when the field is left, not while one types: "1/2/20" may become 2034. */
  late?: boolean;
}

const STEPS: Record<string, number> = { ArrowUp: 1, ArrowDown: -1 };

export function DateInput(props: DateInputProps) {
  const { label, value, set, error } = props;
  const { t, f } = useI18n();
  // What is being typed stands as it was typed until the field is left.
  const [typing, setTyping] = useState<string | null>(null);
  const calendar = useRef<HTMLInputElement>(null);
  const read = (typed: string) =>
    readDate(typed, f.locale, new Date().getFullYear()) ?? typed.trim();
  const put = (iso: string) => {
    setTyping(null);
    set(iso);
  };
  const change = (e: ChangeEvent<HTMLInputElement>) => {
    setTyping(e.currentTarget.value);
    if (!props.late) set(read(e.currentTarget.value));
  };
  const leave = () => {
    if (props.late && typing !== null) set(read(typing));
    setTyping(null);
    props.leave?.();
  };
  const press = (e: KeyboardEvent) => {
    if (e.key === 'Enter' && props.late) leave();
    const step = STEPS[e.key];
    if (step === undefined || !isIso(value)) return;
    e.preventDefault();
    if (e.altKey) open();
    else put(daysAfter(value, step));
  };
  const open = () => {
    // A browser that cannot show it says so by an error; typing works there too.
    try {
      calendar.current?.showPicker();
    } catch {
      calendar.current?.focus();
    }
  };
  return (
    <TextInput
      name={props.name}
      label={props.unlabelled ? undefined : label}
      aria-label={props.unlabelled ? label : undefined}
      required={props.required}
      description={props.description}
      error={error}
      placeholder={dateHint(f.locale, t.date.letters)}
      autoComplete="off"
      value={typing ?? writeDate(value, f.locale)}
      onChange={change}
      onKeyDown={press}
      onBlur={leave}
      rightSection={
        <span className={css.calendar}>
          <input
            ref={calendar}
            type="date"
            tabIndex={-1}
            aria-hidden="true"
            value={isIso(value) ? value : ''}
            min={props.min}
            max={props.max}
            onChange={(e) => put(e.currentTarget.value)}
          />
          <IconButton icon="calendar" label={t.date.choose} onClick={open} />
        </span>
      }
    />
  );
}

/** A person, chosen from all there are. */
import type { Field, FieldState } from '../form/field';
import type { FieldOptions } from '../form/fields';
import { useI18n } from '../i18n/i18n';
import { RecordSelect } from './RecordSelect';

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
  const { t } = useI18n();
  return (
    <RecordSelect
      kind="person"
      name={state.name}
      label={label}
      required={more.required}
      none={more.none}
      except={more.except}
      nothing={t.people.nobodyFound}
      value={state.value}
      error={state.error}
      set={(id, name) => {
        state.set(id);
        if (id) more.chosen?.(id, name);
      }}
      leave={state.leave}
    />
  );
}

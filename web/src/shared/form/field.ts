/** What a form knows of a field: how a record's value becomes what is typed, and how that becomes what is sent. */
import type { ReactNode } from 'react';
import type { Catalogue } from '../i18n/catalogue';

/** What is typed in all fields of a form, by name. */
export type AnyValues = Readonly<Record<string, unknown>>;

export interface FieldState<Input> {
  name: string;
  value: Input;
  error: string | undefined;
  set(value: Input): void;
  /** As one leaves the field. */
  leave(): void;
}

// Methods, not functions: a field of strings may stand in a list of fields of anything.
export interface Field<Name extends string, Input, Output> {
  readonly name: Name;
  /** What is shown of a record's value; of nothing, in a form for something new. */
  read(value: Output | null | undefined): Input;
  /** What is sent for it. */
  write(input: Input): Output;
  /** A sentence about what is wrong. */
  check?(input: Input, t: Catalogue, all: AnyValues): string | undefined;
  /** Makes what the field refers to before the form is sent, and answers what is to be sent in its place. */
  prepare?(input: Input): Promise<Input>;
  /** Whether it belongs to the form as it is filled in now. */
  shown?(all: AnyValues): boolean;
  /** Stands beside its neighbour that is a half, too. */
  readonly half?: boolean;
  render(state: FieldState<Input>): ReactNode;
}
export type AnyField = Field<string, unknown, unknown>;
export type Fields = readonly AnyField[];

type Input<F> = F extends { read(value: never): infer I } ? I : never;
type Output<F> = F extends { write(input: never): infer O } ? O : never;

export type ValuesOf<F extends Fields> = { [E in F[number] as E['name']]: Input<E> };
/** What a form sends. */
export type BodyOf<F extends Fields> = { [E in F[number] as E['name']]: Output<E> };
/** What a form can begin with. */
export type RecordOf<F extends Fields> = { [E in F[number] as E['name']]?: Output<E> | null };
export type Errors<F extends Fields> = { [E in F[number] as E['name']]?: string };

export const isShown = (field: AnyField, all: AnyValues) => field.shown?.(all) ?? true;

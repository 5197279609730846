/** The definition of a form field: how a record's value becomes input, and how input is validated and becomes the request's value. */
import type { ReactNode } from 'react';
import type { Catalogue } from '../i18n/catalogue';

/** The input of all fields of a form, by name. */
export type AnyValues = Readonly<Record<string, unknown>>;

export interface FieldState<Input> {
  name: string;
  value: Input;
  error: string | undefined;
  set(value: Input): void;
  /** To be called on blur. */
  leave(): void;
}

// Methods rather than function properties: they are bivariant, so a `Field<string, …>` fits into a list of `Field<unknown, …>`.
export interface Field<Name extends string, Input, Output> {
  readonly name: Name;
  /** Converts a record's value to input; gets nothing in a form for a new record. */
  read(value: Output | null | undefined): Input;
  /** Converts valid input to the request's value. */
  write(input: Input): Output;
  /** Validates input: an error message, or undefined. */
  check?(input: Input, t: Catalogue, all: AnyValues): string | undefined;
  /** Runs before a submit, for example to create a referenced resource; resolves to the input to send. */
  prepare?(input: Input): Promise<Input>;
  /** Whether the field is visible, given the other fields' input. */
  shown?(all: AnyValues): boolean;
  /** How much of what is sent one of what is typed stands for: 60 where hours are sent as minutes. */
  readonly unit?: number;
  /** Half width: two such neighbours share a row. */
  readonly half?: boolean;
  render(state: FieldState<Input>): ReactNode;
}
export type AnyField = Field<string, unknown, unknown>;
export type Fields = readonly AnyField[];

type Input<F> = F extends { read(value: never): infer I } ? I : never;
type Output<F> = F extends { write(input: never): infer O } ? O : never;

export type ValuesOf<F extends Fields> = { [E in F[number] as E['name']]: Input<E> };
/** The body that a form submits. */
export type BodyOf<F extends Fields> = { [E in F[number] as E['name']]: Output<E> };
/** The record that a form can edit. */
export type RecordOf<F extends Fields> = { [E in F[number] as E['name']]?: Output<E> | null };
export type Errors<F extends Fields> = { [E in F[number] as E['name']]?: string };

export const isShown = (field: AnyField, all: AnyValues) => field.shown?.(all) ?? true;

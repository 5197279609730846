import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { isConflict } from '@/shared/api/client';
import type {
  AssignmentStatus,
  AssignmentView,
  Command,
  ProjectLabel,
} from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { BodyOf, Field } from '@/shared/form/field';
import { area, check, date, text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { isNew, newName } from '@/shared/form/reference';
import { useForm } from '@/shared/form/useForm';
import type { Catalogue } from '@/shared/i18n/catalogue';
import { useI18n } from '@/shared/i18n/i18n';
import { toIso } from '@/shared/lib/days';
import { weekOf } from '@/shared/lib/period';
import { writeEffort } from '@/shared/lib/effort';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { Loading } from '@/shared/ui/primitives';
import { Warnings } from '@/shared/ui/Warnings';
import { askRows, type ScheduleData } from './data';
import { cellsOf } from './rows';
import { enteredCommands, type Entered } from './draft';
import {
  billableField,
  effortField,
  endField,
  nonWorkingField,
  projectField,
  weekdaysField,
} from './editorFields';
import { Look } from './Look';
import { ownerBody, ownerOf, type Owner } from './owner';
import { ownerField } from './ownerField';
import type { EditorState, Planner } from './planner';
import { ProjectLink } from './ProjectLink';
import css from './schedule.module.css';

/** The palette's grey, until the server has chosen a new project's colour. */
const SLATE = 11;
const LAST_PROJECT = 'raally-last-project';
const USUAL_MINUTES = 20 * 60;
/** What is suggested are quarters of an hour. */
const SUGGESTED_MINUTES = 15;

interface EditorProps {
  state: EditorState;
  data: ScheduleData;
  planner: Planner;
  close: () => void;
  save: (entered: Entered, project: ProjectLabel, person: string) => Promise<void>;
  remove: (() => void) | null;
}
interface FormProps extends EditorProps {
  /** The booking as it is stored; null for a new one. */
  record: AssignmentView | null;
}

/** Free hours of the emptiest-needed week, asked of the server: what fits every week of the stretch. */
async function freeWeekly(
  data: ScheduleData,
  person: Owner,
  start: number,
  end: number,
): Promise<number | null> {
  const from = weekOf(start, data.weekStart).from;
  const { to } = weekOf(end, data.weekStart);
  const answer = await askRows(data.api, {
    people: person.id,
    from: toIso(from),
    to: toIso(to),
    bucket: 'week',
  });
  const [row] = answer.rows;
  const cells = row ? [...cellsOf(row, { from, to, bucket: 'week' }, data.weekStart).values()] : [];
  const free = cells.map((c) => c.capacity_minutes - c.booked_minutes);
  const least = Math.min(...free);
  const whole = least - (least % SUGGESTED_MINUTES);
  return Number.isFinite(whole) && whole > 0 ? whole : null;
}

/** A new booking: the drawn days, with the project that was used last. */
const drawn = ({ owner, start, end }: EditorState) => ({
  project_id: localStorage.getItem(LAST_PROJECT),
  person_id: owner,
  start: toIso(start),
  end: end === null ? null : toIso(end),
});

const tentativeField = (t: Catalogue): Field<'status', boolean, AssignmentStatus> => ({
  ...check('status', t.schedule.tentative, { usual: false }),
  read: (status) => status === 'tentative',
  write: (tentative) => (tentative ? 'tentative' : 'confirmed'),
});

/** Suggests the person's free hours as the effort of a new booking. */
function useFreeEffort({ state, data, record }: FormProps, suggest: (minutes: number) => void) {
  const latest = useRef(suggest);
  useEffect(() => {
    latest.current = suggest;
  });
  const isNewBooking = record === null;
  useEffect(() => {
    if (!isNewBooking) return;
    let over = false;
    const { owner, start, end } = state;
    // Placeholders have no hours of their own.
    const known = owner.kind === 'person' ? freeWeekly(data, owner, start, end ?? start) : null;
    Promise.resolve(known)
      .catch(() => null)
      .then((free) => over || latest.current(free ?? USUAL_MINUTES));
    return () => {
      over = true;
    };
  }, [data, state, isNewBooking]);
}

function useEditor(props: FormProps) {
  const { state, data, close, save, record } = props;
  const words = useI18n();
  const { t } = words;
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const projects = useQuery(api.all('list_projects', {}));
  const ids = useMemo(() => ({ booking: crypto.randomUUID(), project: crypto.randomUUID() }), []);
  const person = useRef(data.row(state.owner.id)?.name ?? '');
  const known = record ? { ...record, person_id: ownerOf(record) } : drawn(state);
  const fields = [
    projectField(t, projects.data),
    effortField(words),
    weekdaysField(t),
    nonWorkingField(t),
    date('start', t.schedule.start, { required: true, half: true }),
    endField(t),
    ownerField(t, record !== null, (name) => (person.current = name)),
    tentativeField(t),
    text('role', t.schedule.role, { half: true }),
    text('location', t.schedule.location, { half: true }),
    billableField(t),
    area('notes', t.schedule.notes),
  ] as const;
  const form = useForm(fields, known, async (body) => {
    const now = enteredOf(body);
    if (!now) return;
    const chosen = projects.data?.find((p) => p.id === now.body.project_id);
    const label = {
      name: chosen?.name ?? now.newProject ?? '',
      code: chosen?.code ?? null,
      colour: chosen?.colour ?? SLATE,
      status: chosen?.status ?? 'active',
    };
    try {
      if (enteredCommands(now).length > 0) await save(now, label, person.current);
    } catch (error) {
      // The booking as it is now: what was not typed follows it, and the next try is based on it.
      if (isConflict(error)) await invalidate('get_assignment');
      throw error;
    }
    localStorage.setItem(LAST_PROJECT, now.body.project_id);
    close();
  });
  /** The booking that the form describes; null if a field is invalid. */
  const enteredOf = (body: BodyOf<typeof fields> | null): Entered | null => {
    if (!body?.effort) return null;
    const { project_id: project, person_id: owner, effort, ...rest } = body;
    const project_id = isNew(project) ? ids.project : project;
    const { effort: newEffort, person_id: newOwner, ...changed } = form.changes(body);
    return {
      id: record?.id ?? ids.booking,
      version: record?.version ?? null,
      newProject: isNew(project) ? newName(project) : null,
      body: { ...rest, ...ownerBody(owner), effort, project_id },
      changes: {
        ...changed,
        ...(newOwner && ownerBody(newOwner)),
        ...(newEffort && { effort }),
        ...('project_id' in changed && { project_id }),
      },
    };
  };
  useFreeEffort(props, (minutes) =>
    form.suggest('effort', writeEffort({ per: 'week', minutes }, words)),
  );
  return { form, entered: enteredOf(form.body()), failure: projects.error };
}

/** The popover at a bar: everything dragging does, and what it can't. */
export default function Editor(props: EditorProps) {
  const { state, data, close } = props;
  const { assignment, mode } = state;
  const { api } = useWorkspace();
  const projects = useQuery({ ...api.all('list_projects', {}), enabled: mode !== 'look' });
  if (mode === 'look' && assignment)
    return <Look bar={assignment} project={data.projects[assignment.project_id]} close={close} />;
  // Who types a project's name is to find it.
  if (projects.isPending) return <Loading />;
  if (assignment) return <StoredBooking {...props} id={assignment.id} />;
  return <BookingForm {...props} record={null} />;
}

/** A bar has effective values only; what is edited is what was entered. */
function StoredBooking(props: EditorProps & { id: string }) {
  const { api } = useWorkspace();
  const query = { ...api.q('get_assignment', { id: props.id }), gcTime: 0, staleTime: 0 };
  const { data, error, refetch } = useQuery(query);
  if (data) return <BookingForm {...props} record={data} />;
  if (error) return <ErrorNotice error={error} retry={() => void refetch()} />;
  return <Loading />;
}

function BookingForm(props: FormProps) {
  const { t } = useI18n();
  const { planner, close, remove, record } = props;
  const { form, entered, failure } = useEditor(props);

  // The load strip previews what saving would do. Compared as JSON, because each rendering creates new command objects.
  const commands = entered && !entered.newProject ? enteredCommands(entered) : [];
  const wanted = JSON.stringify(commands.length > 0 ? commands : null);
  useEffect(() => {
    const wantedCommands: Command[] | null = JSON.parse(wanted);
    planner.preview(wantedCommands);
  }, [planner, wanted]);
  useEffect(() => () => planner.preview(null), [planner]);

  const { warnings } = useSyncExternalStore(planner.subscribe, planner.getUi);
  const deletion = remove && (
    <Button variant="light" color="danger" className={css.deletion} onClick={remove}>
      {t.schedule.delete}
    </Button>
  );
  return (
    <Form
      form={form}
      title={record ? t.schedule.editBooking : t.schedule.newBooking}
      hint={
        record && (
          <ProjectLink
            id={record.project_id}
            name={props.data.projects[record.project_id]?.name ?? ''}
            unsaved={form.dirty}
          />
        )
      }
      failure={failure}
      cancel={close}
      extra={deletion}
      notice={<Warnings warnings={warnings} nameOf={(id) => props.data.projects[id]?.name} />}
    />
  );
}

import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useSyncExternalStore, type RefObject } from 'react';
import type { Command, EffortBody, ProjectLabel } from '@/shared/api/schema.gen';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { check, date, text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { isNew, newName } from '@/shared/form/reference';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import { toIso } from '@/shared/lib/days';
import { weekOf } from '@/shared/lib/period';
import { writeEffort } from '@/shared/lib/effort';
import { Warnings } from '@/shared/ui/Warnings';
import { askRows, cellsOf, type ScheduleData } from './data';
import { enteredCommands, type Entered } from './draft';
import { effortField, endField, personField, projectField } from './editorFields';
import type { EditorState, Planner } from './planner';
import css from './schedule.module.css';

/** The palette's grey, until the server has chosen a new project's colour. */
const SLATE = 11;
const LAST_PROJECT = 'raally-last-project';
const USUAL_MINUTES = 20 * 60;

interface EditorProps {
  state: EditorState;
  data: ScheduleData;
  planner: Planner;
  close: () => void;
  save: (entered: Entered, project: ProjectLabel) => Promise<boolean>;
  remove: (() => void) | null;
}

/** Free hours of the emptiest-needed week, asked of the server: what fits every week of the stretch. */
async function freeWeekly(
  data: ScheduleData,
  personId: string,
  start: number,
  end: number,
): Promise<number | null> {
  const from = weekOf(start, data.weekStart).from;
  const { to } = weekOf(end, data.weekStart);
  const answer = await askRows(data.api, {
    people: personId,
    from: toIso(from),
    to: toIso(to),
    bucket: 'week',
  });
  const [row] = answer.rows;
  const cells = row ? [...cellsOf(row, { from, to, bucket: 'week' }, data.weekStart).values()] : [];
  const free = cells.map((c) => c.capacity_minutes - c.booked_minutes);
  const least = Math.min(...free);
  return Number.isFinite(least) && least > 0 ? least : null;
}

/** The form's initial values: of the booking, or of the drawn days with the project that was used last. */
function first({ assignment, personId, start, end }: EditorState) {
  return {
    ...assignment,
    project: assignment?.project_id ?? localStorage.getItem(LAST_PROJECT),
    person_id: personId,
    start: toIso(start),
    end: end === null ? null : toIso(end),
    tentative: assignment?.status === 'tentative',
  };
}

type Ids = { booking: string; project: string };
interface Typed {
  project: string;
  effort: EffortBody | null;
  tentative: boolean;
  person_id: string;
  start: string;
  end: string | null;
}

/** The booking that the form describes; null if a field is invalid. */
function enteredOf(body: Typed | null, { assignment }: EditorState, ids: Ids): Entered | null {
  if (!body?.effort) return null;
  const { project, tentative, effort, ...rest } = body;
  return {
    id: assignment?.id ?? ids.booking,
    version: assignment?.version ?? null,
    newProject: isNew(project) ? newName(project) : null,
    body: {
      ...rest,
      effort,
      project_id: isNew(project) ? ids.project : project,
      status: tentative ? 'tentative' : 'confirmed',
    },
  };
}

/** Prefills the effort with the person's free hours, unless the user has typed one. */
function useFreeEffort(
  { state, data }: Pick<EditorProps, 'state' | 'data'>,
  typed: RefObject<boolean>,
  fill: (effort: string) => void,
) {
  const latest = useRef(fill);
  useEffect(() => {
    latest.current = fill;
  });
  useEffect(() => {
    if (typed.current) return;
    let over = false;
    freeWeekly(data, state.personId, state.start, state.end ?? state.start)
      .catch(() => null)
      .then((free) => {
        if (over || typed.current) return;
        latest.current(writeEffort({ per: 'week', minutes: free ?? USUAL_MINUTES }));
      });
    return () => {
      over = true;
    };
  }, [data, state, typed]);
}

function useEditor({ state, data, close, save }: EditorProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const projects = useQuery(api.all('list_projects', {}));
  const typedEffort = useRef(state.assignment !== null);
  const ids = useMemo(() => ({ booking: crypto.randomUUID(), project: crypto.randomUUID() }), []);
  const people = [...data.everybody()]
    .map((p) => ({ value: p.id, label: p.name }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const form = useForm(
    [
      projectField(t, projects.data ?? []),
      effortField(t, () => (typedEffort.current = true)),
      date('start', t.schedule.start, { required: true, half: true }),
      endField(t),
      personField(t, people, state.assignment !== null),
      check('tentative', t.schedule.tentative, { usual: false }),
      text('location', t.schedule.location),
      text('notes', t.schedule.notes),
    ],
    first(state),
    (body) => {
      const entered = enteredOf(body, state, ids);
      if (!entered) return;
      localStorage.setItem(LAST_PROJECT, entered.body.project_id);
      close();
      const chosen = projects.data?.find((p) => p.id === entered.body.project_id);
      void save(entered, {
        name: chosen?.name ?? entered.newProject ?? '',
        code: chosen?.code ?? null,
        colour: chosen?.colour ?? SLATE,
        status: chosen?.status ?? 'active',
      });
    },
  );
  useFreeEffort({ state, data }, typedEffort, (effort) => form.set('effort', effort));
  return { form, entered: enteredOf(form.body(), state, ids), failure: projects.error };
}

/** The popover at a bar: everything dragging does, and what it can't. */
export default function Editor(props: EditorProps) {
  const { t } = useI18n();
  const { state, planner, close, remove } = props;
  const { form, entered, failure } = useEditor(props);

  // The load strip previews what saving would do. Compared as JSON, because each rendering creates new command objects.
  const wanted = JSON.stringify(entered && !entered.newProject ? enteredCommands(entered) : null);
  useEffect(() => {
    const commands: Command[] | null = JSON.parse(wanted);
    planner.preview(commands);
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
      title={state.assignment ? t.schedule.editBooking : t.schedule.newBooking}
      failure={failure}
      cancel={close}
      extra={deletion}
      notice={<Warnings warnings={warnings} nameOf={(id) => props.data.projects[id]?.name} />}
    />
  );
}

import { Button } from '@mantine/core';
import { useQuery, type UseQueryOptions } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { mayPlan } from '../api/useSession';
import { useTitle } from '../api/useTitle';
import { useInvalidate, useWorkspace } from '../api/WorkspaceContext';
import { useI18n } from '../i18n/i18n';
import { Dialog } from '../ui/Dialog';
import { ErrorNotice } from '../ui/ErrorNotice';
import { Waiting } from '../ui/primitives';
import ui from '../ui/ui.module.css';
import { useSteps } from './useSteps';

interface ResourcePageProps<V> {
  query: UseQueryOptions<V>;
  name: (v: V) => string;
  /** An icon or avatar in front of the name. */
  mark?: (v: V) => ReactNode;
  /** Links to other screens, beside the name. */
  links?: (v: V) => ReactNode;
  /** The form that edits the resource. */
  form: (v: V, done: () => void, cancel: () => void) => ReactNode;
  /** Archives it, or brings it back; missing for kinds that cannot be archived. */
  setArchived?: (v: V, archived: boolean) => Promise<unknown>;
  /** Instead of archiving at once: what asks how. */
  archiveForm?: (v: V, close: () => void) => ReactNode;
  /** Content above the panels, over the full width. */
  above?: (v: V) => ReactNode;
  /** The panels, side by side where there is room. */
  panels: (v: V, mayEdit: boolean) => ReactNode;
  /** Content under the panels, over the full width. */
  below?: (v: V) => ReactNode;
}

/** The page of one resource: name, actions (edit, archive, bring back) and panels. */
export function ResourcePage<V extends { id: string; archived?: boolean }>(
  props: ResourcePageProps<V>,
) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const invalidate = useInvalidate();
  const [editing, setEditing] = useState(false);
  const [archiving, setArchiving] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const { data, error, refetch } = useQuery(props.query);
  const may = mayPlan(tenant.role);
  const { changed } = useSteps();
  useTitle(data && props.name(data));
  const close = () => setEditing(false);
  if (!data)
    return (
      <div className={ui.page}>
        {error ? <ErrorNotice error={error} retry={() => void refetch()} /> : <Waiting />}
      </div>
    );
  const setArchived = (archived: boolean) => {
    setFailure(null);
    props
      .setArchived?.(data, archived)
      .then(() => invalidate())
      .then(() => {
        const what = { what: props.name(data) };
        changed(archived ? t.resource.wasArchived(what) : t.resource.broughtBack(what));
      })
      .catch(setFailure);
  };
  const archive = () => (props.archiveForm ? setArchiving(true) : setArchived(true));
  return (
    <div className={ui.page}>
      <div className={ui.pageHead}>
        <h1>
          {props.mark?.(data)} {props.name(data)}{' '}
          {data.archived && <span className={ui.badge}>{t.resource.archived}</span>}
        </h1>
        {props.links?.(data)}
        {may && (
          <Button variant="default" onClick={() => setEditing(true)}>
            {t.action.edit}
          </Button>
        )}
        {may && props.setArchived && (
          <Button
            variant="default"
            onClick={() => (data.archived ? setArchived(false) : archive())}
          >
            {data.archived ? t.action.bringBack : t.action.archive}
          </Button>
        )}
      </div>
      <ErrorNotice error={failure} />
      {props.above?.(data)}
      <div className={ui.columns}>{props.panels(data, may)}</div>
      {props.below?.(data)}
      {archiving && props.archiveForm?.(data, () => setArchiving(false))}
      {editing && (
        <Dialog title={props.name(data)} close={close}>
          {props.form(data, close, close)}
        </Dialog>
      )}
    </div>
  );
}

import { Button, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { useWorkspace } from '@/shared/api/WorkspaceContext';
import { useI18n } from '@/shared/i18n/i18n';
import { announce } from '@/shared/ui/toasts';
import { IconButton } from '@/shared/ui/primitives';
import css from './filters.module.css';
import { ZOOM } from './measures';
import type { ScheduleSearch } from './search';
import { useView } from './useView';
import type { Viewport } from './viewport';
import { readViews, without, withView, writeViews, type View } from './views';

/** The views that this browser knows, and a name to save the present one under. */
export function Views({ viewport, close }: { viewport: Viewport; close: () => void }) {
  const { t } = useI18n();
  const { tenant } = useWorkspace();
  const [search, set] = useView();
  const [views, setViews] = useState(() => readViews(tenant.id));
  const [name, setName] = useState('');
  const keep = (next: View[]) => {
    writeViews(tenant.id, next);
    setViews(next);
  };
  const save = (e: FormEvent) => {
    e.preventDefault();
    const called = name.trim();
    if (called === '') return;
    keep(withView(views, called, { ...search, zoom: viewport.zoom }));
    setName('');
    announce(t.filters.viewSaved({ name: called }));
  };
  const open = (kept: ScheduleSearch) => {
    close();
    set(kept);
    viewport.setZoom(kept.zoom ?? ZOOM.quarter);
  };
  return (
    <section className={css.views}>
      <h2>{t.filters.views}</h2>
      {views.length > 0 && (
        <ul>
          {views.map((view) => (
            <li key={view.name}>
              <button type="button" className="text-button" onClick={() => open(view.search)}>
                {view.name}
              </button>
              <IconButton
                icon="trash"
                label={t.filters.removeView({ name: view.name })}
                onClick={() => keep(without(views, view.name))}
              />
            </li>
          ))}
        </ul>
      )}
      <form className={css.save} onSubmit={save}>
        <TextInput
          label={t.filters.viewName}
          description={t.filters.viewHint}
          inputWrapperOrder={['label', 'input', 'description']}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={name.trim() === ''}>
          {views.some((view) => view.name === name.trim())
            ? t.filters.replaceView
            : t.filters.saveView}
        </Button>
      </form>
    </section>
  );
}

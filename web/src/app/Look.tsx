import { useComputedColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError } from '../shared/api/client';
import type { Theme } from '../shared/api/schema.gen';
import { addTenant } from '../shared/api/session';
import { useWorkspace } from '../shared/api/WorkspaceContext';
import { useI18n } from '../shared/i18n/i18n';
import { accentOn, isColour } from '../shared/ui/accent';
import { suggestTheme } from '../shared/ui/theme';
import css from './shell.module.css';

const ROOT = document.documentElement;

/** Colours the app with the workspace's accent, as far as it can be read in the theme that is shown. */
function useAccent(wish: string | null) {
  const theme = useComputedColorScheme();
  useEffect(() => {
    if (wish === null || !isColour(wish)) return;
    const tokens = getComputedStyle(ROOT);
    const [surface = '', text = '', ...others] = ['surface', 'text', 'app', 'raised', 'sunk'].map(
      (token) => tokens.getPropertyValue(`--${token}`),
    );
    const { accent, tint, ink } = accentOn(wish, { surface, others, text });
    const made = Object.entries({ accent, 'accent-tint': tint, 'on-accent': ink });
    for (const [token, value] of made) ROOT.style.setProperty(`--${token}`, value);
    return () => made.forEach(([token]) => ROOT.style.removeProperty(`--${token}`));
  }, [wish, theme]);
}

function useTheme(theme: Theme) {
  useEffect(() => {
    suggestTheme(theme === 'system' ? 'auto' : theme);
    return () => suggestTheme('auto');
  }, [theme]);
}

/** The workspace as its settings call and colour it, whoever changes them; the way to the other workspaces. */
export function Look() {
  const { t } = useI18n();
  const { tenant, api } = useWorkspace();
  const { data, error } = useQuery(api.q('get_settings', {}));
  const { name = tenant.name, slug = tenant.slug } = data ?? {};
  useEffect(() => {
    if (name !== tenant.name || slug !== tenant.slug) addTenant({ ...tenant, name, slug });
  }, [name, slug, tenant]);
  useAccent(data?.accent ?? null);
  useTheme(data?.theme ?? 'system');
  const closing = error instanceof ApiError && error.problem.code === 'workspace-closing';
  return (
    <>
      <Link to="/workspaces" className={css.tenant} title={t.app.switchWorkspace}>
        {data?.logo_url && (
          <img src={data.logo_url} alt="" className={css.logo} referrerPolicy="no-referrer" />
        )}
        {tenant.name}
      </Link>
      {closing && tenant.role === 'admin' && (
        <Link
          to="/w/$tenant/settings/closing"
          params={{ tenant: tenant.slug }}
          className={css.lost}
        >
          {t.settings.closingNow}
        </Link>
      )}
    </>
  );
}

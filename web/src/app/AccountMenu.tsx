import { useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { call } from '../shared/api/client';
import { signOut, type Session } from '../shared/api/session';
import { useWorkspace } from '../shared/api/WorkspaceContext';
import { LOCALES, type Locale } from '../shared/i18n/catalogue';
import { useI18n } from '../shared/i18n/i18n';
import { lazyChunk } from '../shared/lib/chunks';
import { Avatar } from '../shared/ui/primitives';
import { usePanel } from '../shared/ui/usePanel';
import css from './shell.module.css';

const InvitePeople = lazyChunk(() => import('../features/members/InvitePeople'));

/** Theme, language and the way out: a small panel that closes with Escape or a click beside it. */
export function AccountMenu({ session }: { session: Session }) {
  const { t, locale, setLocale } = useI18n();
  const { tenant } = useWorkspace();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const { open, close, toggle, box, button } = usePanel();
  const [inviting, setInviting] = useState(false);
  const choose = (next: Locale) => {
    void setLocale(next);
    void call('change_me', {}, { body: { locale: next } }).catch(() => undefined);
  };
  return (
    <div ref={box} className={css.account}>
      <button
        ref={button}
        type="button"
        className={css.accountButton}
        aria-expanded={open}
        aria-label={`${t.app.account}: ${session.user.full_name}`}
        onClick={toggle}
      >
        <Avatar name={session.user.full_name} />
      </button>
      {open && (
        <div className={css.accountPanel} role="group" aria-label={t.app.account}>
          <p className={css.who}>{session.user.full_name}</p>
          <p className={css.mail}>{session.user.email}</p>
          <button
            type="button"
            className="text-button"
            onClick={() => void navigate({ to: '/account' })}
          >
            {session.user.email_verified ? t.account.title : t.account.verifyTitle}
          </button>
          <label>
            {t.app.theme}
            <select
              value={colorScheme}
              onChange={(e) => setColorScheme(e.target.value as MantineColorScheme)}
            >
              <option value="auto">{t.app.themeSystem}</option>
              <option value="light">{t.app.themeLight}</option>
              <option value="dark">{t.app.themeDark}</option>
            </select>
          </label>
          <label>
            {t.app.language}
            <select value={locale} onChange={(e) => choose(e.target.value as Locale)}>
              {LOCALES.map((l) => (
                <option key={l.locale} value={l.locale}>
                  {l.name}
                </option>
              ))}
            </select>
          </label>
          {tenant.role === 'admin' && (
            <button
              type="button"
              className="text-button"
              onClick={() => {
                close();
                // Where the dialog gives the focus back to.
                button.current?.focus();
                setInviting(true);
              }}
            >
              {t.invite.open}
            </button>
          )}
          <button
            type="button"
            className="text-button"
            onClick={() => void navigate({ to: '/workspaces' })}
          >
            {t.app.switchWorkspace}
          </button>
          <button
            type="button"
            className="text-button"
            onClick={() => {
              void navigate({ to: '/sign-in' }).then(signOut);
            }}
          >
            {t.app.signOut}
          </button>
        </div>
      )}
      {inviting && (
        <Suspense>
          <InvitePeople close={() => setInviting(false)} />
        </Suspense>
      )}
    </div>
  );
}

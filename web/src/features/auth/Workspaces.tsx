import { Button, TextInput } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { call } from '@/shared/api/client';
import { addTenant, signOut } from '@/shared/api/session';
import { useSession } from '@/shared/api/useSession';
import { useI18n } from '@/shared/i18n/i18n';
import { ErrorNotice } from '@/shared/ui/ErrorNotice';
import { useForm } from '@/shared/ui/useForm';
import css from './auth.module.css';
import { Frame } from './Frame';

export default function Workspaces() {
  const { t } = useI18n();
  const session = useSession();
  const navigate = useNavigate();
  const form = useForm(
    { name: '' },
    (v) => ({ name: v.name.trim() ? undefined : t.error.required }),
    async (v) => {
      const tenant = await call('add_tenant', {}, { body: { name: v.name.trim() } });
      addTenant(tenant);
      await navigate({ to: '/w/$tenant', params: { tenant: tenant.slug } });
    },
  );
  return (
    <Frame title={t.workspaces.title}>
      {session?.tenants.length === 0 && <p>{t.workspaces.none}</p>}
      <ul className={css.list}>
        {session?.tenants.map((tenant) => (
          <li key={tenant.id}>
            <Link to="/w/$tenant" params={{ tenant: tenant.slug }} className={css.choice}>
              <span>{tenant.name}</span>
              <span className={css.role}>{t.workspaces.role[tenant.role]}</span>
            </Link>
          </li>
        ))}
      </ul>
      <form
        className={css.form}
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          void form.submit();
        }}
      >
        <h2>{t.workspaces.create}</h2>
        <ErrorNotice error={form.failure} />
        <TextInput
          label={t.workspaces.name}
          required
          value={form.values.name}
          error={form.errors.name}
          onChange={(e) => form.set('name', e.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={form.busy}>
          {t.action.create}
        </Button>
      </form>
      <button
        type="button"
        className="text-button"
        onClick={() => void signOut().then(() => navigate({ to: '/sign-in' }))}
      >
        {t.app.signOut}
      </button>
    </Frame>
  );
}

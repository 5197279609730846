import { Link, useNavigate } from '@tanstack/react-router';
import { call } from '@/shared/api/client';
import { addTenant, signOut } from '@/shared/api/session';
import { useSession } from '@/shared/api/useSession';
import { text } from '@/shared/form/fields';
import { Form } from '@/shared/form/Form';
import { useForm } from '@/shared/form/useForm';
import { useI18n } from '@/shared/i18n/i18n';
import css from './auth.module.css';
import { Frame } from './Frame';

export default function Workspaces() {
  const { t } = useI18n();
  const session = useSession();
  const navigate = useNavigate();
  const form = useForm(
    [text('name', t.workspaces.name, { required: true })],
    null,
    async (body) => {
      const tenant = await call('add_tenant', {}, { body });
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
      <Form form={form} title={t.workspaces.create} submit={t.action.create} quiet wide />
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

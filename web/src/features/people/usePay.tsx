import { useQuery } from '@tanstack/react-query';
import type { CompensationView, PersonView } from '@/shared/api/schema.gen';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import { choice, date, decimal, optionsOf, text } from '@/shared/form/fields';
import { useI18n } from '@/shared/i18n/i18n';
import { minorUnits } from '@/shared/lib/format';
import { ResourceForm } from '@/shared/resource/ResourceForm';
import { kindOf, sayChange, type Kind } from './dated';

interface PayFormProps {
  person: PersonView;
  record: CompensationView | null;
  close: () => void;
}

function PayForm({ person, record, close }: PayFormProps) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const kinds = optionsOf({ salaried: t.people.salaried, hourly: t.people.hourly });
  const money = record?.amount;
  return (
    <ResourceForm
      fields={[
        date('effective_date', t.people.effective, { required: true }),
        choice('type', t.people.payType, kinds),
        decimal('amount', t.people.amount, { half: true }),
        text('currency', t.people.currency, { half: true, required: true }),
        decimal('paid_time_off_days', t.people.paidTimeOff),
        text('other_benefits', t.people.benefits),
      ]}
      record={{
        ...record,
        amount: money && money.amount / minorUnits(money.currency),
        currency: money?.currency ?? 'USD',
      }}
      save={({ amount, currency: typed, ...rest }) => {
        const currency = typed.toUpperCase();
        const minor = amount === null ? null : Math.round(amount * minorUnits(currency));
        const body = { ...rest, amount: minor === null ? null : { amount: minor, currency } };
        if (!record) return api.call('add_compensation', { id: person.id }, { body });
        const at = { id: person.id, record_id: record.id };
        return api.call('change_compensation', at, { body, expect: record.version });
      }}
      touches={['list_compensations']}
      what={`${person.full_name} · ${t.people.pay}`}
      done={close}
      cancel={close}
    />
  );
}

/** Pay, which is asked for where the reader may see it; the server sends it to nobody else. */
export function usePay(person: PersonView, may: boolean): Kind {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const amount = ({ amount: money, type }: CompensationView) =>
    `${money ? f.money(money.amount, money.currency) : '–'} · ${t.people[type]}`;
  return kindOf({
    title: t.people.pay,
    none: t.people.noPay,
    query: useQuery({ ...api.all('list_compensations', { id: person.id }), enabled: may }),
    says: (r, before) => (
      <>
        {sayChange(t, amount(r), before && amount(before))}
        {r.paid_time_off_days !== null && (
          <small>{`${t.people.paidTimeOff}: ${f.number(r.paid_time_off_days)}`}</small>
        )}
        {r.other_benefits && <small>{r.other_benefits}</small>}
        <small>{t.people.payHint}</small>
      </>
    ),
    remove: async (r) => {
      const at = { id: person.id, record_id: r.id };
      await api.call('remove_compensation', at, { expect: r.version });
      await invalidate('list_compensations');
    },
    form: (record, close) => <PayForm person={person} record={record} close={close} />,
  });
}

import { useQuery } from '@tanstack/react-query';
import { useInvalidate, useWorkspace } from '@/shared/api/WorkspaceContext';
import type { NewCompensation, CompensationView } from '@/shared/api/schema.gen';
import { useI18n } from '@/shared/i18n/i18n';
import { isIso } from '@/shared/lib/days';
import { minorUnits } from '@/shared/lib/format';
import { ChoiceField, FormFrame, TextField } from '@/shared/ui/fields';
import { Records } from '@/shared/ui/Records';
import ui from '@/shared/ui/ui.module.css';
import { useForm } from '@/shared/ui/useForm';

const numberOf = (text: string) =>
  text.trim() === '' ? null : Number(text.trim().replace(',', '.'));
const bad = (text: string) => Number.isNaN(numberOf(text) ?? 0);

function PayForm({
  personId,
  record,
  close,
}: {
  personId: string;
  record: CompensationView | null;
  close: () => void;
}) {
  const { t } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const amount = record?.amount;
  const form = useForm(
    {
      effective_date: record?.effective_date ?? '',
      type: record?.type ?? 'salaried',
      amount: amount ? String(amount.amount / minorUnits(amount.currency)) : '',
      currency: amount?.currency ?? 'USD',
      paid_time_off_days:
        record?.paid_time_off_days === null || record?.paid_time_off_days === undefined
          ? ''
          : String(record.paid_time_off_days),
      other_benefits: record?.other_benefits ?? '',
    },
    (v) => ({
      effective_date: isIso(v.effective_date) ? undefined : t.error.date,
      amount: bad(v.amount) ? t.error.number : undefined,
      paid_time_off_days: bad(v.paid_time_off_days) ? t.error.number : undefined,
    }),
    async (v) => {
      const value = numberOf(v.amount);
      const currency = v.currency.trim().toUpperCase();
      const body: NewCompensation = {
        effective_date: v.effective_date,
        type: v.type === 'hourly' ? 'hourly' : 'salaried',
        amount:
          value === null ? null : { amount: Math.round(value * minorUnits(currency)), currency },
        paid_time_off_days: numberOf(v.paid_time_off_days),
        other_benefits: v.other_benefits.trim() || null,
      };
      if (record) {
        const at = { id: personId, record_id: record.id };
        await api.call('change_compensation', at, { body, expect: record.version });
      } else await api.call('add_compensation', { id: personId }, { body });
      await invalidate('list_compensations', 'get_person');
    },
  );
  const kinds = [
    { value: 'salaried', label: t.people.salaried },
    { value: 'hourly', label: t.people.hourly },
  ];
  return (
    <FormFrame form={form} done={close} cancel={close}>
      <TextField
        form={form}
        name="effective_date"
        label={t.people.effective}
        type="date"
        required
      />
      <ChoiceField form={form} name="type" label={t.people.payType} options={kinds} />
      <div className={ui.formRow}>
        <TextField form={form} name="amount" label={t.people.amount} inputMode="decimal" />
        <TextField form={form} name="currency" label={t.people.currency} />
      </div>
      <TextField
        form={form}
        name="paid_time_off_days"
        label={t.people.paidTimeOff}
        inputMode="decimal"
      />
      <TextField form={form} name="other_benefits" label={t.people.benefits} />
    </FormFrame>
  );
}

/** Pay; the page shows it to admins only, and the server sends it to nobody else. */
export function Pay({ personId }: { personId: string }) {
  const { t, f } = useI18n();
  const { api } = useWorkspace();
  const invalidate = useInvalidate();
  const query = useQuery(api.all('list_compensations', { id: personId }));
  return (
    <Records
      title={t.people.pay}
      hint={t.people.payHint}
      empty={t.people.noPay}
      items={query.data}
      error={query.error}
      dateOf={(r) => r.effective_date}
      show={(r) => (
        <>
          {r.amount ? f.money(r.amount.amount, r.amount.currency) : '–'} · {t.people[r.type]}
          {r.paid_time_off_days !== null && (
            <small>{`${t.people.paidTimeOff}: ${f.number(r.paid_time_off_days)}`}</small>
          )}
          {r.other_benefits && <small>{r.other_benefits}</small>}
        </>
      )}
      mayEdit
      remove={async (r) => {
        await api.call(
          'remove_compensation',
          { id: personId, record_id: r.id },
          { expect: r.version },
        );
        await invalidate('list_compensations', 'get_person');
      }}
      form={(record, close) => <PayForm personId={personId} record={record} close={close} />}
    />
  );
}

import { useMatch, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import type { ScheduleSearch } from './search';

/** The filters and the view, all of them in the address. */
export function useView(): [ScheduleSearch, (part: Partial<ScheduleSearch>) => void] {
  const search = useSearch({ from: '/w/$tenant/schedule' }) as ScheduleSearch;
  const navigate = useNavigate();
  const router = useRouter();
  const here = useMatch({ from: '/w/$tenant/schedule', select: (match) => match.pathname });
  const set = (part: Partial<ScheduleSearch>) => {
    // Somebody on the way to another screen, whose code is waited for, is not called back.
    if (router.latestLocation.pathname.replace(/\/$/, '') !== here.replace(/\/$/, '')) return;
    void navigate({
      to: '.',
      search: (now: ScheduleSearch) => ({ ...now, ...part }),
      replace: true,
    });
  };
  return [search, set];
}

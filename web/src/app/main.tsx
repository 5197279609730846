import '../shared/ui/mantine.css';
import '../shared/ui/fonts.css';
import '../shared/ui/tokens.css';
import '../shared/ui/base.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from '../shared/api/client';
import { start } from '../shared/api/session';
import { load } from '../shared/i18n/catalogue';
import { fetchChunk, refetchStyles } from '../shared/lib/chunks';
import { firstLocale, I18nProvider } from '../shared/i18n/i18n';
import { colourScheme, cssVariables, theme } from '../shared/ui/theme';
import { Toasts } from '../shared/ui/toasts';
import { makeRouter } from './router';

const STALE_MS = 30_000;

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status < 500),
      refetchOnWindowFocus: false,
    },
  },
});
const router = makeRouter(queries);
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

async function run() {
  refetchStyles();
  const locale = firstLocale();
  // The refresh answer and the texts travel side by side.
  const [catalogue] = await Promise.all([fetchChunk(() => load(locale)), start()]);
  document.documentElement.lang = locale;
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        colorSchemeManager={colourScheme}
        defaultColorScheme="auto"
        getStyleNonce={() => nonce}
        deduplicateCssVariables
      >
        <I18nProvider first={locale} catalogue={catalogue}>
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
          <Toasts />
        </I18nProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

void run();

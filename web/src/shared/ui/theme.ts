import {
  createTheme,
  localStorageColorSchemeManager,
  type CSSVariablesResolver,
  type MantineColorScheme,
  type MantineColorSchemeManager,
  type MantineColorsTuple,
} from '@mantine/core';

/** Every shade is a token: the kit never brings colours of its own. */
const shades = (token: string): MantineColorsTuple => [
  `var(--${token}-tint)`,
  `var(--${token}-tint)`,
  `var(--${token}-tint)`,
  `var(--${token})`,
  `var(--${token})`,
  `var(--${token})`,
  `var(--${token})`,
  `var(--${token})`,
  `var(--${token})`,
  `var(--${token})`,
];

const sizes = {
  xs: 'var(--radius-bar)',
  sm: 'var(--radius-control)',
  md: 'var(--radius-panel)',
  lg: 'var(--radius-panel)',
  xl: 'var(--radius-panel)',
};

const UNDER = ['label', 'input', 'description', 'error'] as const;

export const theme = createTheme({
  fontFamily: 'var(--font)',
  primaryColor: 'accent',
  colors: { accent: shades('accent'), danger: shades('danger') },
  defaultRadius: 'sm',
  radius: sizes,
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'xs' } },
    // A hint stands under its field, so that neighbours' fields stand on one line.
    TextInput: { defaultProps: { size: 'xs', inputWrapperOrder: UNDER } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    Select: {
      defaultProps: {
        size: 'xs',
        withScrollArea: false,
        comboboxProps: { transitionProps: { duration: 0 } },
      },
    },
    NativeSelect: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
  },
});

const colours = {
  '--mantine-color-body': 'var(--app)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text-3)',
  '--mantine-color-placeholder': 'var(--text-3)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--sunk)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--border)',
  '--mantine-color-disabled': 'var(--sunk)',
  '--mantine-color-disabled-color': 'var(--text-3)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-color-white': 'var(--on-accent)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accent)',
  '--mantine-primary-color-contrast': 'var(--on-accent)',
  '--mantine-color-accent-filled': 'var(--accent)',
  '--mantine-color-accent-filled-hover': 'var(--accent)',
  '--mantine-color-accent-light': 'var(--accent-tint)',
  '--mantine-color-accent-light-hover': 'var(--accent-tint)',
  '--mantine-color-accent-light-color': 'var(--accent)',
  '--mantine-color-danger-light': 'var(--danger-tint)',
  '--mantine-color-danger-light-color': 'var(--danger)',
};

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {
    '--mantine-font-size-xs': 'var(--size-body)',
    '--mantine-font-size-sm': 'var(--size-body)',
    '--mantine-line-height': 'var(--line-body)',
  },
  light: colours,
  dark: colours,
});

const KEY = 'raally-theme';
const chosen = localStorageColorSchemeManager({ key: KEY });
let show: ((theme: MantineColorScheme) => void) | undefined;
let suggesting = false;

/** The theme that the reader has chosen. */
export const colourScheme: MantineColorSchemeManager = {
  ...chosen,
  // What is suggested is not chosen.
  set: (theme) => {
    if (!suggesting) chosen.set(theme);
  },
  subscribe: (onUpdate) => {
    show = onUpdate;
    chosen.subscribe(onUpdate);
  },
};

/** Shows a theme to whoever has chosen none. */
export function suggestTheme(theme: MantineColorScheme) {
  if (localStorage.getItem(KEY) !== null) return;
  suggesting = true;
  show?.(theme);
  suggesting = false;
}

import {
  Anchor,
  Badge,
  type CSSVariablesResolver,
  createTheme,
  darken,
  type MantineTheme,
  Menu,
  Modal,
  Notification,
  PasswordInput,
  TableScrollContainer,
} from '@mantine/core'

export const theme = createTheme({
  primaryColor: 'grape',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  components: {
    // A link in a text is told by more than its colour.
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
    // Filled badges have too little contrast for their small text.
    Badge: Badge.extend({ defaultProps: { variant: 'light', tt: 'none' } }),
    // Their crosses have no name of their own.
    Modal: Modal.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close the dialog' } } }),
    // What scrolls can be scrolled with the keyboard.
    TableScrollContainer: TableScrollContainer.extend({
      defaultProps: { scrollAreaProps: { viewportProps: { tabIndex: 0 } } },
    }),
    // A menu holds nothing but what can be chosen.
    Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }),
    // What is typed can be shown by everybody.
    PasswordInput: PasswordInput.extend({ defaultProps: { visibilityToggleFocusable: true } }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close the message' } } }),
  },
  headings: { sizes: { h1: { fontSize: '1.6rem' }, h2: { fontSize: '1.2rem' }, h3: { fontSize: '1rem' } } },
})

/** How much darker than its darkest shade a colour is as text on its own light background. */
const TEXT_DARKER = 0.35

/** Mantine's own colours of small text miss the contrast of WCAG AA in the light scheme. */
export const readable: CSSVariablesResolver = (given) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': given.colors.gray[7],
    '--mantine-color-placeholder': given.colors.gray[7],
    '--mantine-color-error': given.colors.red[9],
    ...textColours(given),
  },
  dark: {
    '--mantine-color-dimmed': given.colors.dark[1],
    '--mantine-color-placeholder': given.colors.dark[1],
    '--mantine-color-error': given.colors.red[5],
  },
})

const textColours = ({ colors }: MantineTheme) =>
  Object.fromEntries(
    Object.entries(colors)
      .filter(([name]) => name !== 'dark')
      .map(([name, shades]) => [`--mantine-color-${name}-light-color`, darken(shades[9], TEXT_DARKER)]),
  )

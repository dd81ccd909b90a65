// What the page's scripts have besides the browser's own: charts, and what elements are made of.

/** What an element can be given as a child; gaps are left out. */
type Child = Node | string | number | false | null | undefined | Child[];

/** Attributes of an element; true is an attribute without a value, null and false are none. */
interface Props {
  on?: Record<string, () => void>;
  data?: Record<string, string | number>;
  css?: Record<string, string | number>;
  [attribute: string]: unknown;
}

/** A series of a chart, as plotly takes it. */
type Trace = Record<string, unknown>;

interface Window {
  Plotly?: {
    react(box: HTMLElement, traces: Trace[], layout: object, config: object): void;
    purge(box: HTMLElement): void;
  };
  igdsBrowse(name: string, data: Texts | Outputs): void;
}

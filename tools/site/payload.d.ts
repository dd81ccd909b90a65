// The page's data, made from its JSON schema by `python -m tools.site.payload_types`.

declare namespace Data {
  /** What was measured with one SAE suite on one board. */
  interface Amplification {
    board: string;
    suite: string;
    compared: string;
    groups: Group[];
    points: Point[];
  }

  /** All rows of one model and task. */
  interface Board {
    id: string;
    model: string;
    task: string;
    primary: string;
    higher_is_better: boolean;
    metrics: Metric[];
    budgets: string[];
    baseline: string;
    against: string;
    baseline_draws: string;
    margin: number | null;
    family: number;
    underpowered: string;
    rows: Row[];
  }

  /** What the page must know to ask for a board's examples. */
  interface Browse {
    board: string;
    shown: number;
    total: number;
    rows: Record<string, string>;
  }

  /** A feature that may help. */
  interface Candidate {
    name: string;
    recall: number | null;
    delta: number | null;
    low: number | null;
    high: number | null;
    loglik: number | null;
  }

  /** What tuning did to the task's features, means over cells. */
  interface Change {
    change: number | null;
    before: number | null;
    after: number | null;
    prompts: number;
    suites: string[];
  }

  /** What has a title on the page and a line in its navigation. */
  interface Chapter {
    id: string;
    title: string;
    short: string;
    sections: Section[] | null;
  }

  /** How many examples were chosen, and of how many. */
  interface Chosen {
    n: number;
    pool: number;
  }

  /** How activation goes with the metric, with its bootstrap interval over cells. */
  interface Coefficient {
    value: number | null;
    low: number | null;
    high: number | null;
    name: string;
  }

  /** Places in a board's rows: those that cost compute, and those on the Pareto front. */
  interface Cost {
    board: string;
    rows: number[];
    front: number[];
  }

  /** A selector over the budgets of a board. */
  interface Curve {
    board: string;
    selector: string;
    budgets: string[];
    shares: number[];
    values: number[];
    lows: (number | null)[];
    highs: (number | null)[];
    area: Estimate;
    match: Estimate;
    reached: number | null;
  }

  /** A number with the ends of its interval; what is None is not known. */
  interface Estimate {
    value: number | null;
    low: number | null;
    high: number | null;
  }

  /** A pool example on which a feature is among its most active. */
  interface Example {
    before: string;
    critical: string;
    source: string;
    activation: number | null;
  }

  /** A cell without a result. */
  interface Failure {
    cell: string;
    stage: string | null;
    reason: string;
  }

  /** One of the best features, explained. */
  interface Feature {
    name: string;
    link: string;
    examples: Example[];
    words: Word[];
    steering: Steering[];
  }

  /** The features of one model, task and SAE suite. */
  interface Features {
    board: string;
    task: string;
    model: string;
    suite: string;
    unit: string;
    lines: string[];
    candidates: Candidate[];
    total: number;
    null: number[];
    fits: Fit[];
    layers: Layer[];
    features: Feature[];
    tops: string[][];
  }

  /** A figure beside the page, as SVG, PDF and PNG. */
  interface Figure {
    stem: string;
    caption: string;
  }

  /** How well the SAE of a layer fits the task's prompts. */
  interface Fit {
    layer: number;
    l0: number | null;
    explained_variance: number | null;
    candidates: number;
  }

  /** Features whose activation is measured: the task's, or a control's. */
  interface Group {
    id: string;
    name: string;
    cells: number;
    coefficients: Coefficient[];
  }

  /** Candidates of a layer, and those whose Delta is above 0. */
  interface Layer {
    layer: number;
    candidates: number;
    helpful: number;
  }

  /** Response tokens of what a selector chose, or of the pool. */
  interface Lengths {
    name: string;
    is_pool: boolean;
    low: number | null;
    q1: number | null;
    median: number | null;
    q3: number | null;
    high: number | null;
  }

  /** A cell that leads somewhere. */
  interface Link {
    text: string;
    url: string;
  }

  /** A cell whose last part is marked. */
  interface Marked {
    before: string;
    marked: string;
  }

  /** What random draws were matched to, and by what. */
  interface Matched {
    of: string;
    by: string;
  }

  /** One suite: what is measured of it, and what IGDS gained on it over the baseline. */
  interface Measured {
    suite: string;
    gain: Estimate;
    measures: Record<string, number | null>;
  }

  /** A metric of a board. */
  interface Metric {
    name: string;
    higher_is_better: boolean;
    signature: string;
    version: number;
    n: number;
  }

  /** (selectors, selectors) matrices of what chosen sets have in common. */
  interface Overlap {
    names: string[];
    jaccard: number[][];
    order: (number | null)[][];
    chance: number;
  }

  /** One tuned cell, tuned minus base. */
  interface Point {
    selector: string;
    metric: number;
    changes: (number | null)[];
  }

  /** Where a row stands among the selectors at its budget. */
  interface Rank {
    place: number;
    low: number;
    high: number;
    group: string;
  }

  /** One selector at one budget, or one reference. */
  interface Row {
    selector: string;
    role: "contender" | "baseline" | "control" | "placebo" | "reference";
    reference: "untuned" | "whole pool" | "other" | null;
    saes: string | null;
    matched: Matched | null;
    budget: string | null;
    share: number;
    beyond_supply: boolean;
    draws: number;
    trainings: number;
    metrics: Record<string, Summary>;
    verdict: Verdict | null;
    rank: Rank | null;
    chosen: Chosen | null;
    tokens: number | null;
    flops: Spent;
    seconds: Spent;
    amplification: Change | null;
  }

  /** A part of the report. */
  interface Section {
    title: string;
    lines: string[];
    quotable: boolean;
    tables: Table[];
    figures: Figure[];
    code: string;
    language: string;
  }

  /** What was chosen on one board, at one budget. */
  interface Selections {
    board: string;
    budget: string;
    overlap: Overlap | null;
    lengths: Lengths[];
    tables: Table[];
    near: string[];
  }

  /** Means per cell. */
  interface Spent {
    selection: number;
    training: number;
  }

  /** A selector over all places where it ran; ranges are those with one task left out. */
  interface Standing {
    selector: string;
    rank: Estimate;
    wins: Estimate;
    places: number;
  }

  /** The effect of one strength. */
  interface Steering {
    multiplier: number;
    delta: Estimate;
  }

  /** The suites that IGDS ran with on one task. */
  interface Suites {
    task: string;
    method: string;
    against: string;
    lines: string[];
    measures: Record<string, string>;
    points: Measured[];
    table: Table;
  }

  /** A metric over the seeds of a row. */
  interface Summary {
    mean: number;
    sd: number | null;
    n: number;
    low: number;
    high: number;
    error: number | null;
  }

  /** Rows of cells; the first ``text_columns`` columns are text, the others numbers. */
  interface Table {
    title: string;
    header: string[];
    rows: (string | Link | Marked)[][];
    text_columns: number;
  }

  /** A row against the baseline; what is None is not warranted. */
  interface Verdict {
    difference: number;
    low: number | null;
    high: number | null;
    p: number | null;
    p_holm: number | null;
    p_tied: number | null;
    word: string;
    df: number | null;
    se_seeds: number | null;
    se_examples: number | null;
    units: number;
    baseline_units: number;
    examples: number;
    detectable: number | null;
  }

  /** A word that amplification makes more frequent, per 1,000 words. */
  interface Word {
    word: string;
    original: number | null;
    amplified: number | null;
  }

  /** What the page shows. */
  interface Payload {
    name: string;
    cells: number;
    caveat: string;
    against: string;
    baseline_draws: string;
    chapters: Chapter[];
    boards: Board[];
    curves: Curve[];
    cost: Cost[];
    standings: Standing[];
    amplification: Amplification[];
    features: Features[];
    suites: Suites[];
    selections: Selections[];
    browse: Browse[];
    failures: Failure[];
    problems: string[];
  }
}

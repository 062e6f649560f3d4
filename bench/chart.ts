/** Draws the chart of latencies as an SVG that loads nothing. */

/** One contestant's latency in one panel. */
export interface ChartRow {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** True if the row has the highlight colour. */
  readonly isOwn: boolean;
}

/** The rows of one scenario. */
export interface ChartPanel {
  readonly title: string;
  readonly rows: readonly ChartRow[];
}

/** The content of a chart. */
export interface Chart {
  readonly title: string;
  /** Lines of text below the panels. */
  readonly notes: readonly string[];
  readonly panels: readonly ChartPanel[];
}

const WIDTH = 860;
const MARGIN = 20;
const NAME_WIDTH = 280;
/** The longest name that fits, in characters. */
export const NAME_CHARACTERS = 42;
const VALUES_WIDTH = 140;
const ROW_HEIGHT = 30;
const BAR_HEIGHT = 14;
const PANEL_TITLE_HEIGHT = 34;
const LINE_HEIGHT = 18;
const AXIS_WIDTH = WIDTH - 2 * MARGIN - NAME_WIDTH - VALUES_WIDTH;
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/** Styles of the chart. The chart has its own background, so its colours have contrast on every page. */
const STYLE = `
    text { font: 13px ${FONT}; fill: #1f2328; }
    .title { font-size: 17px; font-weight: 600; }
    .panel { font-weight: 600; }
    .note, .values { fill: #59636e; }
    .own { font-weight: 600; }
    .ground { fill: #ffffff; stroke: #d1d9e0; }
    .p50 { fill: #818b98; }
    .p50.own { fill: #0969da; }
    .p99 { stroke: #818b98; stroke-width: 2; }
    .p99.own { stroke: #0969da; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .note, .values { fill: #b1bac4; }
      .ground { fill: #0d1117; stroke: #3d444d; }
      .p50 { fill: #8b949e; }
      .p50.own { fill: #58a6ff; }
      .p99 { stroke: #8b949e; }
      .p99.own { stroke: #58a6ff; }
    }`;

/** Draws a bar up to each median and a whisker to the 99th percentile, on one scale for all panels. */
export function drawChart({ title, notes, panels }: Chart): string {
  const most = Math.max(0, ...panels.flatMap(({ rows }) => rows.map(({ p99Ms }) => p99Ms)));
  const scale = AXIS_WIDTH / most;
  const parts: string[] = [];
  let y = MARGIN + LINE_HEIGHT;
  parts.push(text(MARGIN, y, title, "title"));
  for (const panel of panels) {
    y += PANEL_TITLE_HEIGHT;
    parts.push(text(MARGIN, y, panel.title, "panel"));
    y += BAR_HEIGHT / 2;
    for (const row of panel.rows) {
      parts.push(drawRow(row, y, scale));
      y += ROW_HEIGHT;
    }
  }
  y += LINE_HEIGHT / 2;
  for (const note of notes) {
    y += LINE_HEIGHT;
    parts.push(text(MARGIN, y, note, "note"));
  }
  const height = y + MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title desc">
  <title id="title">${escape(title)}</title>
  <desc id="desc">${escape(inWords(panels))}</desc>
  <style>${STYLE}
  </style>
  <rect class="ground" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8"/>
${parts.map((part) => `  ${part}`).join("\n")}
</svg>
`;
}

function drawRow({ name, p50Ms, p99Ms, isOwn }: ChartRow, top: number, scale: number): string {
  const own = isOwn ? " own" : "";
  const middle = top + ROW_HEIGHT / 2;
  const left = MARGIN + NAME_WIDTH;
  const [p50, p99] = [left + p50Ms * scale, left + p99Ms * scale].map((x) => x.toFixed(1));
  const baseline = middle + 4.5;
  return [
    text(MARGIN, baseline, name, own.trim()),
    `<rect class="p50${own}" x="${left}" y="${middle - BAR_HEIGHT / 2}" width="${(p50Ms * scale).toFixed(1)}" height="${BAR_HEIGHT}"/>`,
    `<path class="p99${own}" d="M${p50} ${middle}H${p99}m0 -5v10" fill="none"/>`,
    text(WIDTH - MARGIN, baseline, `${p50Ms.toFixed(2)} / ${p99Ms.toFixed(2)} ms`, `values${own}`, "end"),
  ].join("\n  ");
}

function text(x: number, y: number, content: string, className: string, anchor = "start"): string {
  const attributes = className === "" ? "" : ` class="${className}"`;
  return `<text x="${x}" y="${y}"${attributes}${anchor === "start" ? "" : ` text-anchor="${anchor}"`}>${escape(content)}</text>`;
}

/** Returns all figures in words, for screen readers. */
function inWords(panels: readonly ChartPanel[]): string {
  return panels
    .map(({ title, rows }) => {
      const figures = rows.map(
        ({ name, p50Ms, p99Ms }) =>
          `${name}: median ${p50Ms.toFixed(2)} ms, 99th percentile ${p99Ms.toFixed(2)} ms`,
      );
      return `${title}. ${figures.join("; ")}.`;
    })
    .join(" ");
}

function escape(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

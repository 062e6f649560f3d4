/** Tables of the pages. They have roles, because the narrow layout takes the roles of their elements away. */
import { html, type Html, type HtmlContent } from "./html.js";

/** Returns a table. @param rows - made by {@link tableRow} */
export function table(caption: HtmlContent, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<table role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

/** Returns a row. @param cells - made by {@link cell} */
export function tableRow(header: HtmlContent, cells: HtmlContent, before: HtmlContent = null): Html {
  return html`<tr role="row">
    ${before}
    <th scope="row" role="rowheader">${header}</th>
    ${cells}
  </tr>`;
}

/** Returns a cell. The label names its column in the narrow layout. */
export function cell(label: string, content: HtmlContent): Html {
  return html`<td role="cell" data-label="${label}">${content}</td>`;
}

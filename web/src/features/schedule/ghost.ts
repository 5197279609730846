/** The bar that follows the hand, and the tint of the row it would fall into: two elements moved by transform, outside React. */

export interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
  rowY: number;
  rowHeight: number;
  label: string;
  project: number | undefined;
  /** Whether it lies in a placeholder's row. */
  wanted: boolean;
}

export class Ghost {
  private readonly bar: HTMLElement;
  private readonly row: HTMLElement;

  constructor(bar: HTMLElement, row: HTMLElement) {
    this.bar = bar;
    this.row = row;
  }

  show(p: Place) {
    this.bar.hidden = false;
    this.row.hidden = false;
    const px = (n: number) => `calc(${Math.round(n)} * var(--hairline))`;
    this.bar.style.transform = `translate(${px(p.x)}, ${px(p.y)})`;
    this.bar.style.width = px(Math.max(4, p.width));
    this.bar.style.height = px(p.height);
    this.bar.toggleAttribute('data-wanted', p.wanted);
    this.bar.dataset.colour = p.project === undefined ? '' : String(p.project);
    if (this.bar.firstElementChild) this.bar.firstElementChild.textContent = p.label;
    this.row.style.transform = `translateY(${px(p.rowY)})`;
    this.row.style.height = px(p.rowHeight);
  }

  hide() {
    this.bar.hidden = true;
    this.row.hidden = true;
  }
}

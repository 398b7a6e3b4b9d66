// <local-time data-form="…"> shows its <time>, in UTC, in the viewer's own zone. The title has both.
const DAY = { day: "numeric", month: "long", year: "numeric" };
const MINUTE = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit" };
const FORMS = { day: DAY, minute: { ...MINUTE, year: "numeric" }, short: MINUTE, clock: CLOCK };

customElements.define("local-time", class extends HTMLElement {
  connectedCallback() { this.show(); }

  show() {
    const time = this.firstElementChild;
    if (!time || this.shown === time.dateTime) return;
    this.shown = time.dateTime;
    const format = (form) => new Intl.DateTimeFormat("en-GB", form).format(new Date(time.dateTime));
    time.textContent = format(FORMS[this.dataset.form]);
    time.title = `${format({ ...DAY, ...CLOCK, timeZoneName: "short" })} (${time.title})`;
  }
});

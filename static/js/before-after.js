// <before-after>: two pictures and a native range input. Keys, clicks and drags all move the same value.
customElements.define("before-after", class extends HTMLElement {
  connectedCallback() {
    const range = this.querySelector("input[type=range]");
    const show = () => this.style.setProperty("--p", `${range.value}%`);
    range.addEventListener("input", show);
    show();
  }
});

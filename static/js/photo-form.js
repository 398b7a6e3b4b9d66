// <upload-zone> sends dropped, chosen and pasted photos to `to`; each becomes a field of its form.
// <kept-form> keeps what is chosen in its form in the address and for this tab.
const AT_ONCE = 3, TRIES = 10, PAUSE_S = 30, QUIET_MS = 200, NEVER_KEPT = ["csrfmiddlewaretoken", "key", "defaults"];
const TEXT_FIELD = "input:not([type=file], [type=checkbox], [type=radio]), textarea, select", early = [];

const fetchElement = async (address, selector) => {
  const page = await fetch(address).then((answer) => answer.text()).catch(() => "");
  return new DOMParser().parseFromString(page, "text/html").querySelector(selector);
};

customElements.define("upload-zone", class extends HTMLElement {
  #waiting = []; #sending = new Set(); #starting = false;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=file]");
    this.list = this.querySelector("[data-files]");
    this.status = this.querySelector("[data-verb]");
    this.words = this.status.dataset;
    this.form.addEventListener("change", () => this.#tell());
    if (this.input) this.#takePhotos();
    this.#tell();
  }

  disconnectedCallback() { document.removeEventListener("paste", this.#paste); }

  #takePhotos() {
    this.input.addEventListener("change", () => { this.add([...this.input.files]); this.input.value = ""; });
    this.addEventListener("dragover", (event) => { event.preventDefault(); this.toggleAttribute("over", true); });
    this.addEventListener("dragleave", () => this.removeAttribute("over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.removeAttribute("over");
      this.add([...event.dataTransfer.files]);
    });
    document.addEventListener("paste", this.#paste);
    this.list.addEventListener("click", (event) => this.#press(event));
    this.form.addEventListener("submit", (event) => this.#submit(event));
    addEventListener("beforeunload", (event) => { if (this.#busy) event.preventDefault(); });
    this.add(early.splice(0));
  }

  // Spreadsheets copy text and a picture of it.
  #paste = (event) => {
    const { files, types } = event.clipboardData;
    if (types.includes("text/plain") && event.target.closest?.(TEXT_FIELD)) return;
    this.add([...files]);
  };

  get #busy() { return this.#sending.size + this.#waiting.length > 0; }
  get #rows() { return this.list ? [...this.list.children].filter((row) => !("failed" in row.dataset)) : []; }

  add(files) {
    if (!files.length) return;
    if (!this.isConnected) return document.querySelector("upload-zone").add(files);  // chosen in a form since replaced
    if (this.closest("[inert]")) return early.push(...files);
    const room = Math.max(0, this.getAttribute("most") - this.#rows.length);
    for (const file of files.slice(0, room)) {
      const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
      row.file = file;
      row.tries = TRIES;
      row.querySelector("b").textContent = file.name;
      row.querySelector("progress").setAttribute("aria-label", file.name);
      row.querySelector("[data-remove]").setAttribute("aria-label", `${this.words.remove} ${file.name}`);
      this.list.append(row);
      if (file.size > this.getAttribute("largest")) this.#fail(row, this.words.large, false);
      else this.#waiting.push(row);
    }
    this.#leaveOut(files.slice(room).map((file) => `“${file.name}”`));
    this.#next();
  }

  #leaveOut(names) {
    const line = this.querySelector("[data-left-out]");
    line.hidden = !names.length;
    line.textContent = `${this.words.many} ${names.join(", ")}`;
  }

  #next() {
    while (this.#sending.size < AT_ONCE && this.#waiting.length) this.#send(this.#waiting.shift());
    this.#tell();
    if (this.#starting && !this.#busy) this.#start();
  }

  #send(row, renewed = false) {
    const request = row.request = new XMLHttpRequest(), bar = row.querySelector("progress"), body = new FormData();
    this.#sending.add(row);
    body.append("file", row.file);
    request.open("POST", this.getAttribute("to"));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", this.form.elements.csrfmiddlewaretoken.value);
    request.responseType = "json";
    request.upload.onprogress = (event) => { bar.max = event.total; bar.value = event.loaded; };
    request.upload.onload = () => { bar.removeAttribute("value"); row.querySelector("small").textContent = this.words.checking; };
    request.onload = async () => {
      const { status, response } = request;
      if (status === 403 && !renewed && await this.#renew()) return this.#send(row, true);
      const pause = request.getResponseHeader("Retry-After");
      if (pause && pause <= PAUSE_S && --row.tries) {
        row.querySelector("small").textContent = this.words.turn;
        return setTimeout(() => this.#sending.has(row) && this.#send(row), pause * 1000);
      }
      if (status === 201) this.#accept(row, response);
      else this.#fail(row, response?.error?.message ?? this.words.failed, status >= 500 || [401, 403, 429].includes(status));
      this.querySelector("[data-sign-in]").hidden = ![401, 403].includes(status);
      this.#done(row);
    };
    request.onerror = () => { this.#fail(row, this.words.dropped, true); this.#done(row); };
    request.send(body);
  }

  #done(row) {
    this.#sending.delete(row);
    this.#next();
  }

  // A sign-in elsewhere makes the token invalid.
  async #renew() {
    const fresh = await fetchElement(location.href, "upload-zone [name=csrfmiddlewaretoken]");
    if (fresh) this.form.elements.csrfmiddlewaretoken.value = fresh.value;
    return Boolean(fresh);
  }

  #accept(row, photo) {
    row.querySelector("progress").hidden = true;
    const field = row.querySelector("input"), picture = new Image(64, 48);
    field.name = "upload";
    field.value = photo.id;
    picture.alt = "";
    picture.src = photo.thumbnail_url;
    row.querySelector(".blank").replaceWith(picture);
    row.querySelector("small").textContent = `${photo.width} × ${photo.height}`;
    this.#changed();
  }

  #fail(row, message, again) {
    const line = row.querySelector(".error");
    row.dataset.failed = "";
    row.querySelector("progress").hidden = true;
    line.hidden = false;
    line.textContent = message;
    row.querySelector("[data-retry]").hidden = !again;
    row.querySelector("small").textContent = "";
    this.#starting = false;
  }

  #press(event) {
    const row = event.target.closest("li"), button = event.target.closest("[data-retry], [data-remove]");
    if (!button) return;
    event.preventDefault();
    if ("retry" in button.dataset) {
      delete row.dataset.failed;
      row.tries = TRIES;
      row.querySelector(".error").hidden = button.hidden = true;
      row.querySelector("progress").hidden = false;
      this.#waiting.push(row);
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== row);
      if (this.#sending.delete(row)) row.request.abort();
      row.remove();
      this.#leaveOut([]);
      this.input.focus();
      this.#changed();
    }
    this.#next();
  }

  #changed() { this.form.dispatchEvent(new Event("change", { bubbles: true })); }

  #tell() {
    const n = this.#rows.length, ready = this.#rows.filter((row) => row.querySelector("[name=upload]")).length;
    const { preset, variations } = this.form.elements;
    const chosen = this.querySelector("[name=preset]:checked") ?? preset, { price, once } = chosen?.dataset ?? {};
    const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
    const pictures = (this.input ? n : 1) * (once === undefined && variations?.value || 1);
    const what = this.input ? count(n, "photo") : count(pictures, "picture");
    this.querySelector("[data-start]").textContent =
      pictures && price ? `${this.words.verb} ${what}, ${count(pictures * price, "credit")}` : this.words.verb;
    this.status.textContent = this.#starting ? this.words.wait : this.#busy ? `${this.words.busy} ${ready} / ${n}`
      : ready ? `${count(ready, "photo")} ${this.words.ready}` : "";
  }

  #submit(event) {
    if (!this.#busy) return;
    event.preventDefault();
    this.#starting = true;
    this.#tell();
  }

  #start() {
    this.#starting = false;
    this.form.requestSubmit(this.querySelector("[type=submit]"));
  }
});

customElements.define("kept-form", class extends HTMLElement {
  #timer;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.place = `form of ${this.getAttribute("owner")}`;
    if (this.#restore()) return;
    this.form.addEventListener("input", () => this.#soon());
    this.form.addEventListener("change", () => this.#keep());
    this.addEventListener("submit", (event) => { if (!event.defaultPrevented) this.#forget(); });
    this.#keep();
  }

  // An address that names more than a preset is a form of its own.
  #restore() {
    const asked = new URLSearchParams(location.search), kept = new URLSearchParams(sessionStorage.getItem(this.place) ?? "");
    if (this.hasAttribute("sent") || [...asked.keys()].some((name) => name !== "preset")) return false;
    if (asked.has("preset")) kept.set("preset", asked.get("preset"));
    if (!kept.size || `${kept}` === `${asked}`) return false;
    this.inert = true;
    this.#fetch(`${location.pathname}?${kept}`);
    return true;
  }

  async #fetch(address) {
    history.replaceState(history.state, "", address);
    const fresh = await fetchElement(address, "kept-form");
    if (fresh) this.replaceWith(fresh);
    else location.reload();
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), QUIET_MS);
  }

  #forget() {
    clearTimeout(this.#timer);
    sessionStorage.removeItem(this.place);
  }

  #keep() {
    clearTimeout(this.#timer);
    const query = this.#query();
    sessionStorage.setItem(this.place, query);
    history.replaceState(history.state, "", query.size ? `?${query}` : location.pathname);
    for (const field of document.querySelectorAll(".themes [name=next]")) field.value = location.pathname + location.search;
    for (const link of this.querySelectorAll("a[data-keep]")) {
      const own = new URLSearchParams(query);
      if (link.dataset.keep) own.set("preset", link.dataset.keep);
      link.search = own;
    }
    this.#measure(`${query}`);
  }

  async #measure(query) {
    const line = this.querySelector("[data-sizes]");
    if (!line || query === this.asked) return;
    this.asked = query;
    const answer = await fetch(`${line.dataset.sizes}?${query}`).catch(() => undefined);
    if (answer?.ok && query === this.asked) line.textContent = await answer.text();
  }

  #query() {
    const before = new URLSearchParams(location.search), query = new URLSearchParams(before);
    query.delete("photo");
    for (const field of this.form.elements) {
      if (!field.name || field.type === "file" || NEVER_KEPT.includes(field.name)) continue;
      if (field.name === "upload") query.append("photo", field.value);
      else if (this.#isChosen(field, before)) query.set(field.name, field.type === "checkbox" ? field.checked : field.value);
    }
    const { preset } = this.form.elements;
    if (query.size && preset.value) query.set("preset", preset.value);
    if (query.get("reuse") === "false") query.delete("reuse");
    return query;
  }

  #isChosen(field, before) {
    if (field.type === "radio" && !field.checked) return false;
    if (before.has(field.name) || this.hasAttribute("sent")) return true;
    if (/checkbox|radio/.test(field.type)) return field.checked !== field.defaultChecked;
    if (field.options) return !(field.selectedOptions[0]?.defaultSelected ?? true);
    return field.value !== field.defaultValue;
  }
});

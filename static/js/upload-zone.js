// <upload-zone> wraps an ordinary multipart form. It takes dropped, chosen and pasted photos, sends each at once to
// `to`, and leaves an `upload` field per photo in the form. Without this script the form posts the files itself.
// All visible text is in the page: in the row <template> and the data attributes of the status line.
customElements.define("upload-zone", class extends HTMLElement {
  #waiting = []; #sending; #starting = false;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.querySelector("input[type=file]");
    if (!this.input) return;
    this.list = this.querySelector("[data-files]");
    this.status = this.querySelector("[role=status]");
    this.words = this.status.dataset;
    this.input.addEventListener("change", () => { this.#add([...this.input.files]); this.input.value = ""; });
    this.addEventListener("dragover", (event) => { event.preventDefault(); this.toggleAttribute("over", true); });
    this.addEventListener("dragleave", () => this.removeAttribute("over"));
    this.addEventListener("drop", (event) => {
      event.preventDefault();
      this.removeAttribute("over");
      this.#add([...event.dataTransfer.files]);
    });
    document.addEventListener("paste", (event) => this.#add([...event.clipboardData.files]));
    this.list.addEventListener("click", (event) => this.#press(event));
    this.form.addEventListener("change", (event) => { if (["preset", "variations"].includes(event.target.name)) this.#tell(); });
    this.form.addEventListener("submit", (event) => this.#submit(event));
    addEventListener("beforeunload", (event) => { if (this.#busy) event.preventDefault(); });
    this.#tell();
  }

  get #busy() { return Boolean(this.#sending || this.#waiting.length); }
  get #ids() { return [...this.list.querySelectorAll("[name=upload]")].map((field) => field.value); }

  #add(files) {
    const room = Number(this.getAttribute("most")) - this.list.children.length;
    for (const file of files.slice(0, Math.max(0, room))) {
      const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
      row.file = file;
      row.querySelector("b").textContent = file.name;
      row.querySelector("progress").setAttribute("aria-label", file.name);
      row.querySelector("[data-remove]").setAttribute("aria-label", `${this.words.remove} ${file.name}`);
      this.list.append(row);
      if (file.size > Number(this.getAttribute("largest"))) this.#fail(row, this.words.large, false);
      else this.#waiting.push(row);
    }
    if (files.length > room) this.status.textContent = this.words.many;
    else if (files.length) this.#tell();
    this.#next();
  }

  #next() {
    if (this.#sending) return;
    const row = this.#waiting.shift();
    if (row) this.#send(row);
    else if (this.#starting) this.#start();
  }

  #send(row) {
    const request = this.#sending = new XMLHttpRequest(), bar = row.querySelector("progress"), body = new FormData();
    row.request = request;
    body.append("file", row.file);
    request.open("POST", this.getAttribute("to"));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", this.form.elements.csrfmiddlewaretoken.value);
    request.responseType = "json";
    request.upload.onprogress = (event) => { bar.max = event.total; bar.value = event.loaded; };
    request.onload = () => {
      if (request.status === 201) this.#accept(row, request.response);
      else this.#fail(row, request.response?.error?.message ?? this.words.failed, request.status >= 500 || request.status === 429);
    };
    request.onerror = () => this.#fail(row, this.words.dropped, true);
    request.onloadend = () => { this.#sending = undefined; this.#tell(); this.#next(); };
    request.send(body);
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
  }

  #fail(row, message, again) {
    const line = row.querySelector(".error");
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
      row.querySelector(".error").hidden = button.hidden = true;
      row.querySelector("progress").hidden = false;
      this.#waiting.push(row);
      this.#next();
    } else {
      this.#waiting = this.#waiting.filter((other) => other !== row);
      if (this.#sending && row.request === this.#sending) this.#sending.abort();
      row.remove();
      this.input.focus();
    }
    this.#tell();
  }

  // Writes the photo ids into the address and the links to other presets, so no photo is lost on the way.
  #tell() {
    const ids = this.#ids, n = ids.length;
    const keep = (address) => {
      const url = new URL(address, location.href);
      url.searchParams.delete("photo");
      for (const id of ids) url.searchParams.append("photo", id);
      return url.pathname + url.search;
    };
    for (const link of this.querySelectorAll("a[data-keep]")) link.href = keep(link.href);
    if (this.hasAttribute("keep")) history.replaceState(history.state, "", keep(location.href));
    const price = Number((this.querySelector("[name=preset]:checked") ?? this.form.elements.preset)?.dataset?.price ?? 0)
      * Number(this.form.elements.variations?.value ?? 1);
    const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
    this.querySelector("[data-start]").textContent =
      n ? `${this.words.verb} ${count(n, "photo")}, ${count(n * price, "credit")}` : this.words.verb;
    this.status.textContent = this.#busy ? this.words.busy : n ? `${count(n, "photo")} ${this.words.ready}` : "";
  }

  #submit(event) {
    if (!this.#busy) return;
    event.preventDefault();
    this.#starting = true;
    this.status.textContent = this.words.wait;
  }

  #start() {
    this.#starting = false;
    this.form.requestSubmit(this.querySelector("[type=submit]"));
  }
});

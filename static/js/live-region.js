// <live-region src="/ws/…">: what the server sends replaces the element with its id. Heartbeats come each 15 s; 40 s of
// silence mean a dead socket. Without a socket, or with `fetch`, the page fetches itself; with `always`, each 15 s.
const SILENCE = 40_000, SPEAK_EVERY = 5_000, FETCH_EVERY = 1_000, SIGNED_OUT = 4401, LIVE = "[id^=live-], [id^=row-]";

customElements.define("live-region", class extends HTMLElement {
  #socket; #silence; #retry; #tries = 0; #spokeAt = 0; #voice; #fetching;

  connectedCallback() {
    addEventListener("pagehide", this.#leave);
    addEventListener("pageshow", this.#enter);
    this.#enter();
  }

  disconnectedCallback() {
    removeEventListener("pagehide", this.#leave);
    removeEventListener("pageshow", this.#enter);
    this.#leave();
  }

  #enter = () => { if (!this.#socket) this.#open(); };

  #leave = () => {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#silence);
    clearTimeout(this.#retry);
    socket?.close();
  };

  #open() {
    const socket = new WebSocket(new URL(this.getAttribute("src"), location.href.replace(/^http/, "ws")));
    this.#socket = socket;
    this.#listen();
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      this.#tries = 0;
      this.removeAttribute("offline");
      this.#listen();
      this.#show(event.data);
      if (event.data ? this.hasAttribute("fetch") : this.getAttribute("fetch")) this.#fetch();
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      if (event.code === SIGNED_OUT) return location.reload();  // the page then asks to sign in, or is refused
      this.#again();
    };
  }

  #listen() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#again(), SILENCE);
  }

  #again() {
    this.#leave();
    if (this.#tries) this.#fetch();
    const wait = Math.min(5_000, 500 * 2 ** this.#tries++) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.#open(), wait);
  }

  #show(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const content = document.importNode(template.content, true);  // makes its <local-time> elements work
    for (const time of content.querySelectorAll("local-time")) time.show();
    for (const fresh of content.querySelectorAll(LIVE)) {
      if ("reload" in fresh.dataset) return location.reload();
      const old = document.getElementById(fresh.id);
      if (!old || old === fresh || old.isEqualNode(fresh)) continue;
      if ("items" in fresh.dataset) this.#arrange(old, fresh);
      else old.replaceWith(fresh);
      if (fresh.dataset.title) document.title = fresh.dataset.title;
      if (fresh.dataset.say && fresh.dataset.say !== old.dataset.say) this.#say(fresh.dataset.say);
    }
  }

  // Items that stay keep the focus. An empty item stands for one that the page should have.
  #arrange(list, fresh) {
    const items = [...fresh.children], ids = items.map((item) => item.id);
    for (const item of [...list.children]) if (!ids.includes(item.id)) item.remove();
    items.forEach((item, at) => {
      if (document.getElementById(item.id)) return;
      if (item.firstElementChild) list.insertBefore(item, list.children[at] ?? null);
      else this.#fetch();
    });
  }

  #fetch() {
    this.#fetching ??= setTimeout(async () => {
      const page = await fetch(location.href).catch(() => undefined);
      const html = page?.ok && await page.text();
      this.#fetching = undefined;
      this.toggleAttribute("offline", !html);
      if (html) html.includes("<live-region") ? this.#show(html) : location.reload();
    }, FETCH_EVERY * Math.random());
  }

  // Announces stage changes, at most every 5 s. The latest message wins.
  #say(message) {
    clearTimeout(this.#voice);
    this.#voice = setTimeout(() => {
      this.#spokeAt = Date.now();
      this.querySelector("[role=status]").textContent = message;
    }, Math.max(0, this.#spokeAt + SPEAK_EVERY - Date.now()));
  }
});

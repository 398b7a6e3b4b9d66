// <use-passkey> around a form: its button asks the browser for a passkey, and the form sends the answer.
// data-options: what the server asks for (WebAuthn 3, 5.1); data-from: the address that says it when the button is pressed.
const OLD = "This browser is too old for passkeys.";
const WORDS = {
  InvalidStateError: "This device already has a passkey for your account.",
  NotAllowedError: "No passkey was used. Try again.",
  SecurityError: `Passkeys need a name instead of numbers in the site's address${
    location.hostname === "127.0.0.1" ? `: open http://localhost:${location.port}` : ""}.`,
};

customElements.define("use-passkey", class extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.querySelector("[data-script]").remove();
    if (!window.PublicKeyCredential?.parseRequestOptionsFromJSON) return this.say(OLD);
    this.form.querySelector("button").hidden = false;
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask().catch((error) => this.say(WORDS[error.name] ?? "That did not work. Try again."));
    });
  }

  async ask() {
    const { publicKey } = JSON.parse(this.dataset.options ?? "null") ?? await this.fetched();
    const credential = publicKey.pubKeyCredParams
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
    this.form.elements.credential.value = JSON.stringify(credential);
    this.form.submit();
  }

  async fetched() {
    const answer = await fetch(this.dataset.from, { headers: { Accept: "application/json" } });
    return (await answer.json()).request_options;
  }

  say(words) {
    const said = this.querySelector("[role=alert]");
    said.textContent = words;
    said.hidden = false;
  }
});

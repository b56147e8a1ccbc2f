// Passkeys: the browser shows who somebody is, and the form takes it to the server. Without a browser or an address
// that can do it, what needs it stays hidden, and the page says so.

const bytes = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (each) => each.charCodeAt(0)).buffer;
};

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const listed = (credentials) => (credentials ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

// What was agreed with a server, as JSON, is bytes to a browser; and its answer is JSON again.
async function add({ publicKey }, alone) {
  const selection = {
    ...publicKey.authenticatorSelection,
    residentKey: alone ? "required" : "discouraged",
    requireResidentKey: alone,
  };
  if (alone) selection.userVerification = "required";
  const made = await navigator.credentials.create({
    publicKey: {
      ...publicKey,
      authenticatorSelection: selection,
      challenge: bytes(publicKey.challenge),
      user: { ...publicKey.user, id: bytes(publicKey.user.id) },
      excludeCredentials: listed(publicKey.excludeCredentials),
    },
  });
  return told(made, {
    clientDataJSON: text(made.response.clientDataJSON),
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports?.() ?? [],
  });
}

async function show({ publicKey }) {
  const shown = await navigator.credentials.get({
    publicKey: {
      ...publicKey,
      challenge: bytes(publicKey.challenge),
      allowCredentials: listed(publicKey.allowCredentials),
    },
  });
  const { userHandle } = shown.response;
  return told(shown, {
    clientDataJSON: text(shown.response.clientDataJSON),
    authenticatorData: text(shown.response.authenticatorData),
    signature: text(shown.response.signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
}

const told = (credential, response) => ({
  type: credential.type,
  id: credential.id,
  rawId: text(credential.rawId),
  authenticatorAttachment: credential.authenticatorAttachment ?? null,
  clientExtensionResults: credential.getClientExtensionResults(),
  response,
});

const options = () => JSON.parse(document.getElementById("passkey-options").textContent);

const KINDS = {
  add: (form) => add(options().creation_options, form.elements.passwordless.checked),
  show: () => show(options().request_options),
  "sign-in": async (form) => {
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    return show((await answer.json()).request_options);
  },
};

async function send(form) {
  const said = form.querySelector("[data-passkey-said]");
  const button = form.querySelector("button");
  said.hidden = true;
  button.disabled = true;
  try {
    form.elements.credential.value = JSON.stringify(await KINDS[form.dataset.passkey](form));
    form.submit();
  } catch {
    said.textContent = said.dataset.passkeySaid;
    said.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

// A passkey belongs to a name: an address that is a number has none.
const named = !/^[\d.]+$|:/.test(location.hostname);

if (named && window.PublicKeyCredential) {
  for (const each of document.querySelectorAll("[data-passkey-if]")) each.hidden = false;
  for (const each of document.querySelectorAll("[data-passkey-unless]")) each.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
}

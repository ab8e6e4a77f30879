/**
 * Passkeys: what a form says of a key goes to the device, what the device answers goes back with the form. Offered only
 * where the browser knows keys and this is the address that they belong to.
 */

/** @param {string} text */
const octets = (text) => {
  const binary = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
};

/** @param {ArrayBuffer | null} buffer */
const encoded = (buffer) => {
  const binary = Array.from(new Uint8Array(buffer ?? new ArrayBuffer(0)), (octet) => String.fromCharCode(octet)).join(
    "",
  );
  return btoa(binary).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

/**
 * @typedef {{id: string, type: "public-key"}} KeyDocument
 * @typedef {{challenge: string, rpId: string, userVerification: UserVerificationRequirement, timeout: number}} RequestDocument
 * @typedef {{challenge: string, rp: PublicKeyCredentialRpEntity, user: {id: string, name: string, displayName: string},
 *   pubKeyCredParams: PublicKeyCredentialParameters[], excludeCredentials?: KeyDocument[], timeout: number,
 *   authenticatorSelection: AuthenticatorSelectionCriteria}} CreationDocument
 */

/** @param {CreationDocument} options */
const made = async (options) => {
  const known = options.excludeCredentials ?? [];
  const publicKey = {
    ...options,
    challenge: octets(options.challenge),
    user: { ...options.user, id: octets(options.user.id) },
    excludeCredentials: known.map((each) => ({ ...each, id: octets(each.id) })),
  };
  const key = await navigator.credentials.create({ publicKey });
  if (!(key instanceof PublicKeyCredential) || !(key.response instanceof AuthenticatorAttestationResponse)) return null;
  const response = {
    clientDataJSON: encoded(key.response.clientDataJSON),
    attestationObject: encoded(key.response.attestationObject),
  };
  return { id: key.id, rawId: encoded(key.rawId), type: key.type, response };
};

/** @param {RequestDocument} options */
const shown = async (options) => {
  const key = await navigator.credentials.get({ publicKey: { ...options, challenge: octets(options.challenge) } });
  if (!(key instanceof PublicKeyCredential) || !(key.response instanceof AuthenticatorAssertionResponse)) return null;
  const { clientDataJSON, authenticatorData, signature, userHandle } = key.response;
  const response = {
    clientDataJSON: encoded(clientDataJSON),
    authenticatorData: encoded(authenticatorData),
    signature: encoded(signature),
    userHandle: userHandle ? encoded(userHandle) : null,
  };
  return { id: key.id, rawId: encoded(key.rawId), type: key.type, response };
};

/** @param {HTMLFormElement} form */
const challenge = async (form) => {
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value;
  const answer = await fetch(form.dataset.challenge ?? "", { method: "POST", headers: { "X-CSRF-Token": token } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

/** @param {HTMLFormElement} form */
const work = async (form) => {
  const key = form.dataset.options ? await made(JSON.parse(form.dataset.options)) : await shown(await challenge(form));
  const field = form.elements.namedItem("credential");
  if (key && field instanceof HTMLInputElement) {
    field.value = JSON.stringify(key);
    form.submit();
  }
};

const form = document.getElementById("passkey");
const problem = document.getElementById("passkey-problem");
if (form instanceof HTMLFormElement && "PublicKeyCredential" in window && location.origin === form.dataset.origin) {
  form.hidden = false;
  document.getElementById("passkey-missing")?.remove();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (problem) problem.hidden = true;
    work(form).catch(() => {
      if (problem) problem.hidden = false;
    });
  });
}

/* passkeys.js – hands what the hub asks to the authenticator and what it answers back to the form. Pages work without it, by password and code. CSP: script-src 'self'. */
(() => {
  const d = document;
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  d.querySelectorAll('[data-no-passkey]').forEach((words) => { words.hidden = true; });

  // WebAuthn speaks bytes, JSON base64url (RFC 4648, section 5)
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const listed = (some) => (some || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const ask = async (address, form) => {
    const r = await fetch(address, { method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' } });
    const found = await r.json().catch(() => ({}));
    if (!r.ok) throw Object.assign(new Error('refused'), { words: found.words });
    return { ...found, challenge: bytes(found.challenge) };
  };
  const plain = (made, response) => JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  const CEREMONY = {
    get: async (o) => {
      const made = await navigator.credentials.get({ publicKey: { ...o, allowCredentials: listed(o.allowCredentials) } }), a = made.response;
      return plain(made, { clientDataJSON: text(a.clientDataJSON), authenticatorData: text(a.authenticatorData), signature: text(a.signature), userHandle: a.userHandle ? text(a.userHandle) : null });
    },
    create: async (o) => {
      const user = { ...o.user, id: bytes(o.user.id) };
      const made = await navigator.credentials.create({ publicKey: { ...o, user, excludeCredentials: listed(o.excludeCredentials) } }), a = made.response;
      return plain(made, { clientDataJSON: text(a.clientDataJSON), attestationObject: text(a.attestationObject) });
    },
  };

  const say = (place, words) => { place.textContent = words; place.hidden = !words; };
  const why = (place, error) => say(place, error.words || { NotAllowedError: place.dataset.cancelled, InvalidStateError: place.dataset.known }[error.name] || place.dataset.failed);
  const run = async (kind, address, form, place, button) => {
    say(place, '');
    button.disabled = true;
    try { return await CEREMONY[kind](await ask(address, form)); }
    catch (error) { why(place, error); return ''; }
    finally { button.disabled = false; }
  };

  // a form of its own: the answer is all it sends
  d.querySelectorAll('form[data-passkey]').forEach((form) => {
    const answer = form.elements.namedItem('antwort'), place = form.querySelector('[data-passkey-words]');
    form.hidden = false;
    form.addEventListener('submit', async (e) => {
      e.preventDefault();
      answer.value = await run(form.dataset.passkey, form.dataset.options, form, place, form.querySelector('button[type="submit"]'));
      if (answer.value) form.submit();
    });
  });

  // instead of the password in any other form; where that has one button, it is pressed at once
  d.querySelectorAll('[data-confirm-passkey]').forEach((part) => {
    const form = part.closest('form'), place = part.querySelector('[data-passkey-words]'), button = part.querySelector('button');
    part.hidden = false;
    button.addEventListener('click', async () => {
      const answer = await run('get', part.dataset.options, form, place, button), send = form.querySelectorAll('button[type="submit"]');
      if (!answer) return;
      form.elements.namedItem('passkey').value = answer;
      if (form.matches('[data-passkey]') || send.length > 1) { say(place, place.dataset.done); button.hidden = true; } else form.requestSubmit(send[0]);
    });
  });
})();

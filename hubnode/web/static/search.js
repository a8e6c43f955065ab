/* search.js – "/" leads to the search box, and the box knows what could be meant. Pages work without it. CSP: script-src 'self'. */
(() => {
  const d = document, box = d.querySelector('input[type="search"][name="q"]'), KEPT = 'taste-suche';

  // one key for the search box; whoever needs the key for something else switches this off (WCAG 2.1.4)
  const writes = (at) => at.closest?.('input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable]');
  const off = () => { try { return localStorage.getItem(KEPT) === 'aus'; } catch { return false; } };
  if (box) d.addEventListener('keydown', (e) => {
    if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || off() || writes(e.target)) return;
    e.preventDefault();
    box.focus();
    box.select();
  });
  const choice = d.querySelector('[data-slash-toggle]');
  if (choice) {
    const words = choice.querySelector('.kern-label'), show = () => { words.textContent = off() ? choice.dataset.on : choice.dataset.off; };
    choice.hidden = false; show();
    choice.addEventListener('click', () => { if (off()) localStorage.removeItem(KEPT); else localStorage.setItem(KEPT, 'aus'); show(); });
  }
  if (!box) return;

  // leaving the box asks nothing that typing has not asked already
  box.addEventListener('change', (e) => e.stopPropagation());

  // completions while typing: a newer question takes the place of an older one, and a failure is no news
  const list = Object.assign(d.createElement('datalist'), { id: box.id + '-vorschlaege' });
  let asking, wait;
  const ask = async () => {
    const q = box.value.trim();
    asking?.abort(); asking = new AbortController();
    if (q.length < 2) { list.replaceChildren(); return; }
    try {
      const r = await fetch(`${box.dataset.suggest}?q=${encodeURIComponent(q)}`, { signal: asking.signal });
      if (!r.ok) return;
      const [, found] = await r.json();
      list.replaceChildren(...found.filter((one) => one !== box.value).map((one) => Object.assign(d.createElement('option'), { value: one })));
    } catch { /* the next letter asks again */ }
  };
  if (box.dataset.suggest) {
    box.after(list);
    box.setAttribute('list', list.id);
    box.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(ask, 200); });
  }
})();

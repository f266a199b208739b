// Shows what a day would be like while its settings are being changed, and names the zone of whoever
// signs up; and says that somebody looks at what a link opens. Everything works without it: the forms
// have a button and a field for the same.
'use strict';

const form = document.querySelector('form[data-preview]');
const preview = document.querySelector('#preview');
let waiting;
let asked = 0;

async function show() {
  asked += 1;
  const mine = asked;
  const fields = new URLSearchParams(new FormData(form));
  fields.set('part', 'preview');
  try {
    const answer = await fetch(form.dataset.preview, { method: 'POST', body: fields });
    const text = await answer.text();
    // An answer that was overtaken by another says nothing any more.
    if (answer.ok && mine === asked) preview.innerHTML = text;
  } catch {
    // Without a connection the last preview stays.
  }
}

if (form && preview) {
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, 400);
  });
}

const zone = document.querySelector('#join input[name=zone]');
if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';

// What fetches a link to show what is behind it runs no script, or shows no page.
function looked() {
  if (document.visibilityState !== 'visible') return;
  document.removeEventListener('visibilitychange', looked);
  const body = new URLSearchParams({ do: 'open' });
  fetch(location.href, { method: 'POST', body }).catch(() => {});
}

if (document.querySelector('[data-looked]')) {
  document.addEventListener('visibilitychange', looked);
  looked();
}

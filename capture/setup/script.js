// Asks a name that only the proxy answers: over HTTP whether this browser uses the proxy, over TLS
// whether it trusts the CA.
'use strict';
const host = 'spectap.test';
const texts = {
  uses: { wait: 'Checking whether this browser uses the proxy …', good: 'This browser uses the proxy.',
    bad: 'This browser does not use the proxy yet.' },
  trusts: { wait: 'Checking whether it trusts the CA …', good: 'It trusts the CA: HTTPS can be recorded.',
    bad: 'It does not trust the CA yet.', unknown: 'Whether it trusts the CA shows once it uses the proxy.' },
};
function show(id, state) {
  const item = document.getElementById(id);
  if (!item) return;
  item.dataset.state = state === 'wait' ? 'unknown' : state;
  item.querySelector('.text').textContent = texts[id][state];
}
async function answers(url) {
  try {
    const response = await fetch(url, { cache: 'no-store', credentials: 'omit', signal: AbortSignal.timeout(8000) });
    return (await response.text()) === 'spectap\n';
  } catch {
    return false;
  }
}
async function check() {
  show('uses', 'wait');
  show('trusts', 'wait');
  const trusts = await answers(`https://${host}/answer`);
  // A page over TLS may not ask over HTTP; that it was loaded shows that the proxy is used.
  const uses = trusts || location.hostname === host || await answers(`http://${host}/answer`);
  show('uses', uses ? 'good' : 'bad');
  show('trusts', trusts ? 'good' : uses ? 'bad' : 'unknown');
}
if (navigator.maxTouchPoints > 1 && /Macintosh/.test(navigator.userAgent)) { // an iPad says that it is a Mac
  document.getElementById('macos')?.removeAttribute('open');
  document.getElementById('ios')?.setAttribute('open', '');
}
const again = document.getElementById('again');
again.hidden = false;
again.addEventListener('click', check);
check();

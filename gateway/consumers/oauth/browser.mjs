// A browser that signs in at the URL, and follows the redirect to the program that waits for it.
// usage: browser.mjs URL USER
import { signIn } from './signin.mjs';

const [url, user] = process.argv.slice(2);
const to = await signIn(url, user, new URL(url).searchParams.get('redirect_uri'));
const r = await fetch(to);
if (!r.ok) throw new Error(`${to.origin} answers ${r.status}`);

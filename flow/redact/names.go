package redact

import "strings"

// Class says what the name of a value tells of it.
type Class uint8

const (
	// Plain names tell nothing: the value is judged by its shape.
	Plain Class = iota
	// Identifier names belong to ids, hashes, cursors and the like: randomness is what they should have.
	Identifier
	// Weak names ("key", "code", "auth") belong to secrets when the value looks random.
	Weak
	// Secret names belong to secrets, whatever the value looks like.
	Secret
	// Personal names belong to national ids, card numbers and bank accounts.
	Personal
	// OneTime names ("2fa", "tan") belong to codes that people type, or to something else: digits, or a few letters and
	// digits, are taken for a code.
	OneTime
)

// maxName bounds the names that are looked at, in bytes.
const maxName = 128

// ClassOf tells a name's class. Names are split into words at punctuation and case ("accessToken",
// "X-Api-Key", "user[password]"), and the last words decide: "secret_name" is no secret, "name_secret" is.
func ClassOf(name string) Class {
	if len(name) < 2 || len(name) > maxName {
		return Plain
	}
	var ws words
	ws.split(name)
	if c := ws.class(); c != Plain {
		return c
	}
	return foreignClass(name)
}

// words are the last words of a name, lower case, the last one last.
type words struct {
	letters [maxName]byte
	size    int       // letters in use
	at      [6][2]int // where each word starts and ends
	n       int
}

// get returns the i-th word from the end, 0 being the last; nil when there are fewer.
func (ws *words) get(i int) []byte {
	if i >= ws.n {
		return nil
	}
	at := ws.at[ws.n-1-i]
	return ws.letters[at[0]:at[1]]
}

// split cuts name into words.
func (ws *words) split(name string) {
	start := 0
	for i := range len(name) {
		c := name[i]
		upper := isUpper(c)
		if !upper && !isLower(c) && !isDigit(c) {
			start = ws.cut(start)
			continue
		}
		// A capital begins a word after a small letter, and in "APIKey" before one; not after a number in "2FA".
		if upper && i > 0 && (!isUpper(name[i-1]) || i+1 < len(name) && isLower(name[i+1])) && !ws.number(start) {
			start = ws.cut(start)
		}
		if upper {
			c |= 0x20
		}
		ws.letters[ws.size] = c
		ws.size++
	}
	ws.cut(start)
}

// number says whether the word that begins at start has digits alone so far.
func (ws *words) number(start int) bool {
	for _, c := range ws.letters[start:ws.size] {
		if !isDigit(c) {
			return false
		}
	}
	return ws.size > start
}

// cut ends the word that begins at start, if there is one, and returns where the next begins.
func (ws *words) cut(start int) int {
	if ws.size == start {
		return start
	}
	if ws.n == len(ws.at) {
		copy(ws.at[:], ws.at[1:])
		ws.n--
	}
	ws.at[ws.n] = [2]int{start, ws.size}
	ws.n++
	return ws.size
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isUpper(c byte) bool { return c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (ws *words) class() Class {
	// "password2", "password_confirmation", "token_hash": what counts stands before.
	for ws.n > 1 && isSuffix(string(ws.get(0))) {
		ws.n--
	}
	w := ws.get(0)
	for len(w) > 0 && isDigit(w[len(w)-1]) {
		w = w[:len(w)-1]
	}
	if len(w) == 0 {
		return Plain
	}
	return classOf(string(w), string(ws.get(1)), string(ws.get(2)))
}

// classOf judges a name by its last word and the two before it.
func classOf(last, before, first string) Class {
	if len(last) > 2 && last[len(last)-1] == 's' && !strings.HasSuffix(last, "ss") && last != "aws" {
		last = last[:len(last)-1]
	}
	switch last {
	case "password", "passwd", "passphrase", "passcode", "pwd", "passwort", "secret", "credential", "cred", "authorization",
		"cookie", "jwt", "otp", "totp", "pin", "cvv", "cvc", "cvv2", "csc", "csrf", "xsrf", "sig", "bearer",
		"apikey", "accesskey", "secretkey", "privatekey", "psk", "puk", "cvn", "otc", "ott", "passkey", "pincode", "sessionid", "sessid", "jsessionid", "phpsessid", "verifier",
		"assertion", "mnemonic", "pswd", "pass", "pw", "pword", "kennwort", "senha", "contrasena", "wachtwoord", "haslo", "motdepasse":
		return Secret
	case "token":
		return tokenClass(before)
	case "key":
		return keyClass(before, first)
	case "id", "sid", "uuid", "guid":
		if before == "session" || before == "sess" || last == "sid" && before == "connect" {
			return Secret
		}
		if last == "id" && isNational(before) {
			return Personal
		}
		if last == "sid" {
			return Weak
		}
		return Identifier
	case "sha", "md", "hash", "digest", "checksum", "etag", "cursor", "fingerprint", "thumbprint", "integrity", "revision",
		"commit", "oid", "version", "match", "continue", "crc", "kid", "parent", "trace", "ray", "ref":
		return Identifier
	case "code":
		return codeClass(before, first)
	case "answer":
		return answerClass(before, first)
	case "pattern":
		if before == "unlock" || before == "swipe" || before == "lock" {
			return Secret
		}
		return Plain
	case "2fa", "tfa", "mfa", "twofactor", "tan":
		return OneTime
	case "factor":
		if before == "two" || before == "second" || before == "2" {
			return OneTime
		}
		return Plain
	case "verification": // card_verification_value
		if before == "card" {
			return Secret
		}
		return Plain
	case "response", "assertions":
		if before == "saml" {
			return Secret
		}
		return Plain
	case "phrase":
		if before == "seed" || before == "recovery" || before == "pass" || before == "secret" {
			return Secret
		}
		return Plain
	case "auth", "hmac", "session", "nonce", "access", "authentication", "state", "ticket", "invite", "license", "signature":
		return Weak
	case "ssn", "nin", "nino", "cpf", "cnpj", "pesel", "bsn", "aadhaar", "iban", "nif", "dni", "curp", "rfc",
		"personnummer", "passport", "cardnumber", "nir", "hetu":
		return Personal
	case "number", "no", "num", "nr":
		if isTyped(before) || before == "verification" && first == "card" {
			return Secret
		}
		if isNational(before) || before == "card" || before == "iban" || before == "account" {
			return Personal
		}
		return Plain
	}
	return gluedClass(last)
}

// isSuffix says whether a last word only describes the one before it.
func isSuffix(w string) bool {
	switch w {
	case "confirmation", "confirm", "confirmed", "repeat", "again", "value", "text", "plain", "plaintext", "encrypted", "raw",
		"string", "base", "b64", "base64", "hex", "hash", "hashed", "digest", "salt", "old", "new", "current":
		return true
	}
	return false
}

// tokenClass tells tokens that let somebody in from those that point at a page.
func tokenClass(before string) Class {
	switch before {
	case "page", "next", "prev", "previous", "continuation", "sync", "cursor", "pagination", "resume", "start", "list",
		"design", "max", "min", "total", "prompt", "completion", "input", "output", "num", "used", "cached", "reasoning":
		return Identifier
	}
	return Secret
}

// keyClass tells keys that let somebody in from those of maps and tables.
func keyClass(before, first string) Class {
	switch before {
	case "api", "access", "private", "secret", "signing", "encryption", "master", "shared", "account", "session", "service",
		"auth", "webhook", "ssh", "storage", "license", "recovery", "application", "app", "subscription", "functions", "function",
		"consumer", "developer", "dev", "deploy", "host", "admin", "write", "read", "root", "integration", "ingest", "ingestion",
		"customer", "user", "security", "authorization", "biometric", "license_key", "hmac", "aes", "rsa", "stream", "server", "client":
		if before == "host" && first == "ssh" {
			return Plain // a host's public key
		}
		if before == "user" || before == "customer" || before == "account" || before == "client" || before == "server" ||
			before == "service" || before == "host" || before == "app" || before == "write" || before == "read" || before == "stream" {
			if before == "app" {
				return Secret
			}
			return Weak
		}
		return Secret
	case "":
		return Weak
	case "idempotency", "cache", "sort", "partition", "primary", "foreign", "public", "surrogate", "accept", "socket":
		return Identifier
	}
	return Plain
}

func isNational(w string) bool {
	switch w {
	case "national", "tax", "social", "security", "ssn", "passport", "insurance", "citizen", "personal", "identity", "fiscal",
		"resident":
		return true
	}
	return false
}

// gluedClass judges names whose words are not set apart: "userpassword", "authtoken".
func gluedClass(w string) Class {
	if len(w) < 6 {
		return Plain
	}
	for _, s := range []string{"password", "passwd", "passphrase", "secret", "apikey", "accesskey", "secretkey", "privatekey",
		"signingkey", "sharedkey", "sessionid", "sessid", "credential", "passcode"} {
		if strings.HasSuffix(w, s) {
			return Secret
		}
	}
	if before, ok := strings.CutSuffix(w, "code"); ok && codeClass(before, "") == Secret {
		return Secret
	}
	if before, ok := strings.CutSuffix(w, "tan"); ok && isTanOf(before) {
		return OneTime
	}
	if before, ok := strings.CutSuffix(w, "token"); ok {
		for _, s := range []string{"page", "next", "sync", "continuation", "prev", "previous"} {
			if strings.HasSuffix(before, s) {
				return Identifier
			}
		}
		return Secret
	}
	if strings.HasSuffix(w, "uuid") || strings.HasSuffix(w, "guid") || strings.HasSuffix(w, "hash") {
		return Identifier
	}
	return Plain
}

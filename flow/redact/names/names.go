// Package names tells how sensitive values are by the names that they stand under: password,
// X-Api-Key, user[token], {"name": "password", "value": …}. It looks at words of the names, in
// several languages.
//
// It may import flow/redact/form, internal/ascii and internal/verb. Read names.go first, then
// pair.go (values that other members name), below.go (what stands below a secret name) and text.go
// (names whose values may be kept as text).
package names

import (
	"strings"

	"github.com/spectap/spectap/internal/ascii"
)

// Sensitivity tells how sensitive the values of a name are.
type Sensitivity uint8

const (
	// Plain names tell nothing: the form of the value decides.
	Plain Sensitivity = iota
	// Identifier names hold ids, hashes, cursors and the like, which are expected to look random.
	Identifier
	// Weak names ("key", "code", "auth") hold secrets if the value looks generated.
	Weak
	// Secret names hold secrets, whatever the value looks like.
	Secret
	// Personal names hold national ids, card numbers and bank accounts.
	Personal
	// OneTime names ("2fa", "tan") hold codes that people type, or something else. Digits, or a few
	// letters and digits, are taken for a code.
	OneTime
	// Below names stand below a secret one ("password[plain]"). Their text is secret, but numbers,
	// dates and links are not: they belong to a policy more often.
	Below
	// Shown names hold what people see in place of a secret: the secret itself, or a text about it.
	// A word with letters and digits is taken for the secret.
	Shown
)

// MaxLen bounds the inspected names, in bytes. Longer names are Plain.
const MaxLen = 128

// SensitivityOf returns the sensitivity of a name. It splits the name into words at punctuation and
// case ("accessToken", "X-Api-Key", "user[password]"), and the last words decide: "name_secret" is
// a secret, "secret_name" is not. Brackets after a secret name select something below it
// ("password[0]", "password[plain]").
func SensitivityOf(name string) Sensitivity {
	if len(name) < 2 || len(name) > MaxLen {
		return Plain
	}
	if name[len(name)-1] == ']' {
		if i := strings.LastIndexByte(name, '['); i > 0 {
			return bracketSensitivity(name[:i], name[i+1:len(name)-1])
		}
	}
	var ws words
	ws.split(name)
	if sensitivity := ws.sensitivity(); sensitivity != Plain {
		return sensitivity
	}
	return nonASCIISensitivity(name)
}

// words holds the last words of a name in lower case.
type words struct {
	letters [MaxLen]byte
	size    int       // number of letters in use
	at      [6][2]int // start and end of each word
	n       int
}

// get returns the i-th word from the end, 0 being the last, or nil.
func (ws *words) get(i int) []byte {
	if i >= ws.n {
		return nil
	}
	at := ws.at[ws.n-1-i]
	return ws.letters[at[0]:at[1]]
}

// split splits a name into words.
func (ws *words) split(name string) {
	start := 0
	for i := range len(name) {
		c := name[i]
		upper := ascii.IsUpper(c)
		if !upper && !ascii.IsLower(c) && !ascii.IsDigit(c) {
			start = ws.endWord(start)
			continue
		}
		// A capital begins a word after a small letter, and before one as in "APIKey", but not
		// after a number as in "2FA".
		if upper && i > 0 && (!ascii.IsUpper(name[i-1]) || i+1 < len(name) && ascii.IsLower(name[i+1])) && !ws.isNumber(start) {
			start = ws.endWord(start)
		}
		if upper {
			c |= 0x20
		}
		ws.letters[ws.size] = c
		ws.size++
	}
	ws.endWord(start)
}

// isIndex reports whether a word is a number of up to three digits.
func isIndex(w []byte) bool { return len(w) < 4 && ascii.AllDigits(string(w)) }

// isVersion reports whether a word is a version as in refreshTokenV2.
func isVersion(w []byte) bool { return len(w) > 1 && w[0] == 'v' && isIndex(w[1:]) }

// isNumber reports whether the word that begins at start has only digits so far.
func (ws *words) isNumber(start int) bool {
	for _, c := range ws.letters[start:ws.size] {
		if !ascii.IsDigit(c) {
			return false
		}
	}
	return ws.size > start
}

// endWord ends the word that begins at start, if there is one, and returns the start of the next.
func (ws *words) endWord(start int) int {
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

// sensitivity classifies the name.
func (ws *words) sensitivity() Sensitivity {
	// In "password_2", "password_confirmation" and "token_hash", the word before decides.
	for ws.n > 1 && (IsDescriptiveSuffix(string(ws.get(0))) || isIndex(ws.get(0)) || isVersion(ws.get(0)) ||
		describesChosen(string(ws.get(0)), string(ws.get(1)))) {
		switch string(ws.get(1)) {
		case "community": // community_string, of SNMP
			return Secret
		case "clave": // claveActual
			return Secret
		}
		ws.n--
	}
	w := ws.get(0)
	for len(w) > 0 && ascii.IsDigit(w[len(w)-1]) {
		w = w[:len(w)-1]
	}
	if len(w) == 0 {
		return Plain
	}
	return sensitivityOfWords(string(w), string(ws.get(1)), string(ws.get(2)))
}

// sensitivityOfWords classifies a name by its last word and the two before it.
func sensitivityOfWords(last, before, first string) Sensitivity {
	if len(last) > 2 && last[len(last)-1] == 's' && !strings.HasSuffix(last, "ss") && last != "aws" &&
		last != "assertions" {
		last = last[:len(last)-1]
	}
	switch last {
	case "password", "passwd", "passphrase", "passcode", "pwd", "passwort", "secret", "credential", "cred",
		"authorization", "cookie", "jwt", "otp", "totp", "pin", "cvv", "cvc", "cvv2", "csc", "csrf", "xsrf", "sig",
		"bearer", "apikey", "accesskey", "secretkey", "privatekey", "psk", "puk", "cvn", "otc", "ott", "passkey",
		"pincode", "sessionid", "sessid", "jsessionid", "phpsessid", "verifier", "assertion", "mnemonic", "pswd",
		"pass", "pw", "pword", "psw", "passwrd", "paswd", "pasword", "kennwort", "geheimzahl", "senha", "contrasena", "wachtwoord", "haslo", "motdepasse",
		"losenord", "adgangskode", "passord", "salasana", "heslo", "lozinka", "jelszo", "mdp", "contrasenia", "parola", "sifre",
		"sandi", "geslo", "zaporka", "slaptazodi", "parool", "salasona", "fjalekalimi", "katalaluan", "nywila", "pwrd", "lykilord", "contrasenya", "contrasinal", "kodeord", "pasahitza", "upass", "oldpw", "newpw", "privkey", "passw", "matkhau", "parol", "mpin", "tpin", "upin", "pinblock",
		"dockerconfigjson", "dockercfg", "wresult", "rpcauth", "geheimni", "mima":
		return Secret
	case "token":
		return tokenSensitivity(before)
	case "key":
		return keySensitivity(before, first)
	case "id", "sid", "uuid", "guid":
		return idSensitivity(last, before, first)
	case "sha", "md", "hash", "digest", "checksum", "etag", "cursor", "fingerprint", "thumbprint", "integrity",
		"revision", "commit", "oid", "version", "match", "continue", "crc", "kid", "parent", "trace", "ray", "ref":
		return Identifier
	case "code":
		return codeSensitivity(before, first)
	case "answer":
		return answerSensitivity(before, first)
	case "pattern", "factor", "verification", "response", "assertions", "phrase", "passe", "word", "ssword", "seed", "name", "community", "data", "block", "attempt",
		"acceso", "acesso", "api", "secreta", "usuario", "ingreso", "segreta", "segreto", "uzytkownika", "history", "hint", "ticket",
		"verificacion", "verificacao", "verifica":
		return twoWordSensitivity(last, before)
	case "2fa", "tfa", "mfa", "twofactor", "tan", "vcode", "yzm", "yanzhengma", "verifizierungscode",
		"zugangscode", "aktivierungscode", "freischaltcode", "einmalcode", "bestaetigungscode",
		"toegangscode", "verificatiecode", "beveiligingscode":
		return OneTime
	case "signature":
		return signatureSensitivity(before)
	case "clave":
		return claveSensitivity(before)
	case "auth", "hmac", "session", "nonce", "access", "authentication", "state", "invite", "license", "magic", "tok", "priv":
		return Weak
	case "ssn", "nin", "nino", "cpf", "cnpj", "pesel", "bsn", "aadhaar", "iban", "nif", "dni", "curp", "rfc",
		"personnummer", "passport", "cardnumber", "nir", "hetu":
		return Personal
	case "number", "no", "num", "nr":
		return numberSensitivity(before, first)
	}
	return unseparatedSensitivity(last)
}

// signatureSensitivity distinguishes signatures of messages and URLs from those of people and code.
func signatureSensitivity(before string) Sensitivity {
	switch before {
	case "hub", "webhook", "hook", "request", "payload", "amz", "goog", "stripe", "slack", "twilio", "line", "url":
		return Secret
	}
	return Weak
}

// idSensitivity distinguishes session ids and national ids from other ids.
func idSensitivity(last, before, first string) Sensitivity {
	switch {
	case before == "security" && first != "social": // a share of stock
		return Identifier
	case before == "session" || before == "sess" || last == "sid" && before == "connect":
		return Secret
	case last == "id" && isNationalIDWord(before):
		return Personal
	case last == "sid":
		return Weak
	}
	return Identifier
}

// numberSensitivity distinguishes numbers that grant access or identify a person from others.
func numberSensitivity(before, first string) Sensitivity {
	switch {
	case isTypedCode(before) || before == "verification" && first == "card":
		return Secret
	case isNationalIDWord(before) || before == "card" || before == "iban" || before == "account":
		return Personal
	}
	return Plain
}

// IsDescriptiveSuffix reports whether a last word only describes the one before it.
func IsDescriptiveSuffix(w string) bool {
	switch w {
	case "confirmation", "confirm", "confirmed", "repeat", "again", "value", "text", "plain", "plaintext",
		"encrypted", "raw", "string", "pem", "base", "b64", "base64", "binary", "hex", "hash", "hashed", "digest", "salt", "old",
		"new", "current", "neu", "alt", "atual", "nova", "actual", "nueva", "nuevo", "nouveau", "ancien", "confirmacao", "confirmacion",
		"repeticao", "wiederholung", "bestaetigung", "aktuell", "actuel", "actuelle", "nouvelle", "ancienne", "anterior", "antigua", "novo",
		"antiga", "repetir", "repetida", "attuale", "nuova", "vecchia", "ripeti", "conferma", "nowe", "stare", "powtorz", "tekrar", "yeni", "eski":
		return true
	}
	return false
}

// describesChosen reports whether a last word describes the secret before it that people choose:
// password_md5, passwordInput.
func describesChosen(last, before string) bool {
	switch last {
	case "md5", "sha1", "sha256", "sha512", "bcrypt", "input":
		return chosenSecretWords[before] || before == "pass" || before == "pw"
	}
	return false
}

// tokenSensitivity distinguishes tokens that grant access from those that point at a page.
func tokenSensitivity(before string) Sensitivity {
	switch before {
	case "page", "next", "prev", "previous", "continuation", "sync", "cursor", "pagination", "resume", "start",
		"list", "design", "max", "min", "total", "prompt", "completion", "input", "output", "num", "used", "cached",
		"reasoning":
		return Identifier
	}
	return Secret
}

// keySensitivity distinguishes keys that grant access from those of maps and tables.
func keySensitivity(before, first string) Sensitivity {
	switch before {
	case "api", "access", "private", "secret", "signing", "encryption", "master", "shared", "session", "auth",
		"webhook", "ssh", "storage", "license", "recovery", "application", "app", "subscription", "functions",
		"function", "consumer", "developer", "dev", "deploy", "admin", "root", "integration", "ingest", "ingestion",
		"security", "authorization", "biometric", "license_key", "hmac", "aes", "rsa", "jwt", "authentication", "priv", "wifi", "wlan", "wpa", "unseal",
		"decryption", "validation", "pragma", "preshared", "totp", "otp", "mfa", "2fa", "authenticator", "wep":
		return Secret
	case "s":
		if first == "app" || first == "nwk" { // appSKey of LoRaWAN
			return Secret
		}
	case "setup", "entry":
		if before == "setup" || first == "manual" { // of an authenticator
			return Secret
		}
		return Weak
	case "host":
		if first == "ssh" {
			return Plain // public key of a host
		}
		return Weak
	case "account":
		if first == "storage" || first == "batch" || first == "cosmos" {
			return Secret
		}
		return Weak
	case "", "service", "customer", "user", "write", "read", "stream", "server", "client", "network", "local", "link", "device", "pairing",
		"product", "serial", "activation", "registration":
		return Weak
	case "idempotency", "cache", "sort", "partition", "primary", "foreign", "public", "surrogate", "accept", "socket", "dedup", "deduplication", "routing":
		return Identifier
	}
	return Plain
}

// isNationalIDWord reports whether an id or number after the word is a national one: taxId.
func isNationalIDWord(w string) bool {
	switch w {
	case "national", "tax", "social", "security", "ssn", "passport", "insurance", "citizen", "personal", "identity",
		"fiscal", "resident":
		return true
	}
	return false
}

// unseparatedSensitivity classifies names without separators: "userpassword", "authtoken".
func unseparatedSensitivity(w string) Sensitivity {
	if len(w) < 6 {
		return Plain
	}
	for _, s := range []string{"password", "passwort", "kennwort", "wachtwoord", "geheimzahl", "passwd", "passphrase", "secret", "apikey", "accesskey", "secretkey",
		"privatekey",
		"signingkey", "sharedkey", "sessionid", "sessid", "credential", "passcode", "sshpass", "dbpass", "userpass", "rootpass",
		"adminpass", "smtppass", "mailpass", "ftppass", "ldappass", "sqlpass", "proxypass", "storepass", "keypass",
		"masterpass", "requirepass", "rootpw", "bindpw", "userpw", "adminpw", "authtok", "masterauth"} {
		if strings.HasSuffix(w, s) {
			return Secret
		}
	}
	if before, ok := strings.CutSuffix(w, "code"); ok && codeSensitivity(before, "") == Secret {
		return Secret
	}
	if before, ok := strings.CutSuffix(w, "tan"); ok && isTANPrefix(before) {
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

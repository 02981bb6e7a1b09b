package redact_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
)

// secretKind is a kind of secret that the share test plants.
type secretKind struct {
	label string
	// names are the names under which secrets of the kind occur. A kind without names is recognized
	// by its form, and planted under a name that means nothing.
	names []string
	make  func(*rand.Rand) string
}

// The alphabets of generated secrets.
const (
	digits    = "0123456789"
	lowerHex  = digits + "abcdef"
	lowers    = "abcdefghijklmnopqrstuvwxyz"
	uppers    = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	base36    = lowers + digits
	base62    = uppers + lowers + digits
	base64URL = base62 + "-_"
	base32    = uppers + "234567"
)

// pick returns n random characters of an alphabet.
func pick(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

// random returns n random bytes.
func random(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// prefixed returns a maker of a prefix and n random characters.
func prefixed(prefix, alphabet string, n int) func(*rand.Rand) string {
	return func(r *rand.Rand) string { return prefix + pick(r, alphabet, n) }
}

// oneWord returns a word as people choose for passwords.
func oneWord(r *rand.Rand) string {
	list := strings.Fields("swordfish dragon trustno1 sunshine letmein monkey shadow football baseball superman batman")
	return list[r.IntN(len(list))] + pick(r, lowers, 1+r.IntN(3))
}

// pem returns a PEM block with a private key.
func pem(label string) func(*rand.Rand) string {
	return func(r *rand.Rand) string {
		var b strings.Builder
		fmt.Fprintf(&b, "-----BEGIN %s-----\n", label)
		for range 3 {
			b.WriteString(base64.StdEncoding.EncodeToString(random(r, 48)) + "\n")
		}
		fmt.Fprintf(&b, "-----END %s-----", label)
		return b.String()
	}
}

func jwt(r *rand.Rand) string {
	e := base64.RawURLEncoding
	return e.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		e.EncodeToString([]byte(`{"sub":"`+pick(r, digits, 8)+`","exp":17951584}`)) + "." +
		e.EncodeToString(random(r, 32))
}

// cardNumber returns a card number with a valid check digit.
func cardNumber(r *rand.Rand) string {
	d := "4" + pick(r, digits, 14)
	sum := 0
	for i := range d {
		x := int(d[len(d)-1-i] - '0')
		if i%2 == 0 {
			if x *= 2; x > 9 {
				x -= 9
			}
		}
		sum += x
	}
	return d + string(rune('0'+(10-sum%10)%10))
}

// iban returns a German account number with valid check digits.
func iban(r *rand.Rand) string {
	account := pick(r, digits, 18)
	mod := 0
	for _, c := range account + "131400" { // DE00
		mod = (mod*10 + int(c-'0')) % 97
	}
	return fmt.Sprintf("DE%02d%s", 98-mod, account)
}

// shapedKinds are recognized by their form under any name.
var shapedKinds = []secretKind{
	{label: "JWT", make: jwt},
	{label: "JWE", make: func(r *rand.Rand) string {
		e := base64.RawURLEncoding
		return e.EncodeToString([]byte(`{"alg":"RSA-OAEP","enc":"A256GCM"}`)) + "." + e.EncodeToString(random(r, 64)) + "." +
			e.EncodeToString(random(r, 12)) + "." + e.EncodeToString(random(r, 48)) + "." + e.EncodeToString(random(r, 16))
	}},
	{label: "AWS access key", make: prefixed("AKIA", uppers+"234567", 16)},
	{label: "AWS temporary key", make: prefixed("ASIA", uppers+"234567", 16)},
	{label: "AWS secret key", make: func(r *rand.Rand) string { return base64.StdEncoding.EncodeToString(random(r, 30)) }},
	{label: "GitHub token", make: prefixed("ghp"+"_", base62, 36)},
	{label: "GitHub OAuth token", make: prefixed("gho"+"_", base62, 36)},
	{label: "GitHub fine-grained token", make: func(r *rand.Rand) string {
		return "github" + "_pat_" + pick(r, base62, 22) + "_" + pick(r, base62, 59)
	}},
	{label: "GitLab token", make: prefixed("glpat"+"-", base64URL, 20)},
	{label: "Slack bot token", make: func(r *rand.Rand) string {
		return "xox" + "b-" + pick(r, digits, 12) + "-" + pick(r, digits, 13) + "-" + pick(r, base62, 24)
	}},
	{label: "Slack user token", make: func(r *rand.Rand) string {
		return "xox" + "p-" + pick(r, digits, 12) + "-" + pick(r, digits, 12) + "-" + pick(r, lowerHex, 32)
	}},
	{label: "Slack webhook", make: func(r *rand.Rand) string {
		return "https://hooks.chat.example/services/T" + pick(r, uppers, 8) + "/B" + pick(r, uppers, 8) + "/" + pick(r, base62, 24)
	}},
	{label: "Stripe secret key", make: prefixed("sk"+"_live_", base62, 24)},
	{label: "Stripe restricted key", make: prefixed("rk"+"_live_", base62, 24)},
	{label: "Stripe webhook secret", make: prefixed("whsec"+"_", base62, 32)},
	{label: "Google API key", make: prefixed("AI"+"za", base64URL, 35)},
	{label: "Google OAuth token", make: prefixed("ya"+"29.", base64URL, 60)},
	{label: "Google client secret", make: prefixed("GOC"+"SPX-", base64URL, 28)},
	{label: "npm token", make: prefixed("npm"+"_", base62, 36)},
	{label: "PyPI token", make: prefixed("pypi"+"-AgEIcHlwaS5vcmc", base64URL, 70)},
	{label: "SendGrid key", make: func(r *rand.Rand) string {
		return "SG" + "." + pick(r, base64URL, 22) + "." + pick(r, base64URL, 43)
	}},
	{label: "Twilio key", make: prefixed("SK", lowerHex, 32)},
	{label: "Mailgun key", make: prefixed("key"+"-", lowerHex, 32)},
	{label: "Mailchimp key", make: func(r *rand.Rand) string { return pick(r, lowerHex, 32) + "-us" + pick(r, "123456789", 1) }},
	{label: "Brevo key", make: func(r *rand.Rand) string { return "xkey" + "sib-" + pick(r, lowerHex, 64) + "-" + pick(r, base62, 16) }},
	{label: "Shopify token", make: prefixed("shpat"+"_", lowerHex, 32)},
	{label: "Square token", make: prefixed("sq0"+"atp-", base64URL, 22)},
	{label: "DigitalOcean token", make: prefixed("dop"+"_v1_", lowerHex, 64)},
	{label: "Hugging Face token", make: prefixed("hf"+"_", base62, 34)},
	{label: "OpenAI-like key", make: prefixed("sk"+"-proj-", base62, 48)},
	{label: "Anthropic-like key", make: prefixed("sk"+"-ant-api03-", base64URL, 93)},
	{label: "Groq key", make: prefixed("gsk"+"_", base62, 52)},
	{label: "Vault token", make: prefixed("hvs"+".", base64URL, 90)},
	{label: "Docker token", make: prefixed("dckr"+"_pat_", base64URL, 27)},
	{label: "Grafana token", make: func(r *rand.Rand) string { return "glsa" + "_" + pick(r, base62, 32) + "_" + pick(r, lowerHex, 8) }},
	{label: "Tailscale key", make: func(r *rand.Rand) string {
		return "tskey" + "-auth-" + pick(r, base62, 12) + "CNTRL-" + pick(r, base62, 32)
	}},
	{label: "Databricks token", make: prefixed("dapi", lowerHex, 32)},
	{label: "Atlassian token", make: prefixed("ATA"+"TT3xFfGF0", base64URL, 170)},
	{label: "Telegram bot token", make: func(r *rand.Rand) string { return "7" + pick(r, digits, 9) + ":AA" + pick(r, base64URL, 33) }},
	{label: "Discord bot token", make: func(r *rand.Rand) string {
		return base64.RawStdEncoding.EncodeToString([]byte("1"+pick(r, digits, 17))) + "." + pick(r, base64URL, 6) + "." +
			pick(r, base64URL, 38)
	}},
	{label: "Azure client secret", make: func(r *rand.Rand) string { return pick(r, base62, 3) + "8Q~" + pick(r, base62, 34) }},
	{label: "Azure storage key", make: func(r *rand.Rand) string { return base64.StdEncoding.EncodeToString(random(r, 64)) }},
	{label: "random base62", make: prefixed("", base62, 40)},
	{label: "random base64url, 43", make: prefixed("", base64URL, 43)},
	{label: "random base64url, 64", make: prefixed("", base64URL, 64)},
	{label: "random base64", make: func(r *rand.Rand) string { return base64.StdEncoding.EncodeToString(random(r, 32)) }},
	{label: "RSA key", make: pem("RSA PRIVATE KEY")},
	{label: "EC key", make: pem("EC PRIVATE KEY")},
	{label: "key in base64", make: func(r *rand.Rand) string {
		return base64.StdEncoding.EncodeToString([]byte(pem("PRIVATE KEY")(r)))
	}},
	{label: "PostgreSQL URL", make: func(r *rand.Rand) string {
		return "postgres://app:" + pick(r, base62, 12) + "@db.example.com:5432/shop"
	}},
	{label: "MongoDB URL", make: func(r *rand.Rand) string {
		return "mongodb+srv://app:" + pick(r, base62, 12) + "@cluster0.example.net/shop"
	}},
	{label: "Redis URL", make: func(r *rand.Rand) string { return "redis://:" + pick(r, base62, 16) + "@cache.example.com:6379/0" }},
	{label: "MySQL DSN", make: func(r *rand.Rand) string { return "app:" + pick(r, base62, 12) + "@tcp(db.example.com:3306)/shop" }},
	{label: "bcrypt hash", make: prefixed("$2b$12$", base62+"./", 53)},
	{label: "e-mail address", make: func(r *rand.Rand) string { return pick(r, lowers, 6) + "." + pick(r, lowers, 5) + "@example.org" }},
	{label: "card number", make: cardNumber},
	{label: "IBAN", make: iban},
}

// namedKinds are recognized by their names.
var namedKinds = []secretKind{
	{"password, a word", []string{"password", "new_password", "passwd", "userPassword"}, oneWord},
	{"password with symbols", []string{"password", "pwd", "currentPassword"}, func(r *rand.Rand) string {
		return pick(r, lowers, 4) + pick(r, "!#*?@", 1) + pick(r, base62, 5)
	}},
	{"one-time code", []string{"otp", "otp_code", "verification_code", "smsCode"}, prefixed("", digits, 6)},
	{"PIN", []string{"pin", "pin_code", "card_pin"}, prefixed("", digits, 4)},
	{"card verification", []string{"cvv", "cvc", "card_cvc"}, prefixed("", digits, 3)},
	{"hex key, 32", []string{"api_key", "X-Api-Key", "apikey"}, prefixed("", lowerHex, 32)},
	{"hex secret, 64", []string{"client_secret", "signing_key"}, prefixed("", lowerHex, 64)},
	{"base62 token, 20", []string{"access_token", "refreshToken"}, prefixed("", base62, 20)},
	{"base36 token, 12", []string{"auth_token", "csrf_token"}, prefixed("", base36, 12)},
	{"UUID token", []string{"session_id", "device_token"}, func(r *rand.Rand) string {
		h := hex.EncodeToString(random(r, 16))
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
	}},
	{"recovery code", []string{"recovery_code", "backupCode"}, func(r *rand.Rand) string {
		return pick(r, uppers+digits, 4) + "-" + pick(r, uppers+digits, 4)
	}},
	{"TOTP secret", []string{"totp_secret", "secret"}, prefixed("", base32, 16)},
	{"opaque token", []string{"refresh_token", "id_token"}, prefixed("0.", base64URL, 28)},
	{"private key, hex", []string{"private_key", "wallet_private_key"}, prefixed("0x", lowerHex, 64)},
	{"license", []string{"license_key", "activation_code"}, func(r *rand.Rand) string {
		return pick(r, base36, 5) + "-" + pick(r, base36, 5) + "-" + pick(r, base36, 5)
	}},
}

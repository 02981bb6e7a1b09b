// Package redact replaces secrets and personal data in captured traffic by placeholders.
//
// A [Redactor] replaces each value by a placeholder such as [redacted:secret:3f9a1c07be].
// Placeholders are keyed: under one key, equal values have equal placeholders, so that a reader
// still sees that two calls share a token, but nobody without the key can test a guess. Redacting
// twice changes nothing more.
//
// It redacts credentials by header (Authorization, cookies, API keys), by the name of a query,
// form, JSON or XML value (passwords, tokens, secrets, keys), by their form anywhere (JWTs, private
// keys, tokens of well-known services, credentials in URLs) and by their randomness; and e-mail
// addresses, payment card numbers and national ids with valid check digits. It keeps identifiers
// and hashes: UUIDs, hexadecimal digests, numbers, and values whose names say that they are
// identifiers.
//
// Redaction is best effort by name and form. It does not recognize a secret that looks like a word
// under a meaningless name, personal names, postal addresses, or the content of images. It removes
// bodies that cannot be decoded.
//
// The package may import flow, flow/decode, flow/jsonscan, flow/packed and internal/ascii. Its
// parts are flow/redact/find (secrets in text), flow/redact/names (what names say),
// flow/redact/form (what the form of a value says), flow/redact/phrase (sentences and calls),
// flow/redact/command (options of programs), flow/redact/dialog (protocols, scripts and key files),
// flow/redact/grant (codes of OAuth), flow/redact/table (tables in text), flow/redact/mark
// (placeholders) and flow/redact/standin (values for flows that leave the machine). Read redact.go
// first, then redact_value.go (values and text), find/text.go, redact_flow.go (whole flows) and
// redact_forward.go (flows that leave the machine).
package redact

import "github.com/spectap/spectap/flow/redact/standin"

// Config configures redaction beyond the built-in rules. The zero value adds nothing.
type Config struct {
	// Rules are the user's rules. They only add: no rule turns off a built-in one.
	Rules Rules
	// MaxBody bounds the decoded size of a body that [Redactor.Flow] inspects, in bytes. It removes
	// what exceeds the bound. 0 means 16 MiB: tables and lists take 30 times their size.
	MaxBody int64
}

const defaultMaxBody = 16 << 20

// Redactor redacts. It is immutable and safe for concurrent use.
type Redactor struct {
	key   []byte
	cfg   Config
	rules *ruleSet
	found *foundSecrets // the secrets of the flow being redacted; otherwise nil

	standIns standin.Set // of the flow being redacted by Forwarded; otherwise nil
	path     pathWords   // what the path of the request says of the body

	aliases map[string]bool // names that a GraphQL query gave to secrets
}

// New returns a redactor whose placeholders are keyed by key, which should be the store's secret.
// Without a key, placeholders are the same everywhere and guesses can be tested; use that in tests
// only.
func New(key []byte, cfg Config) *Redactor {
	if cfg.MaxBody == 0 {
		cfg.MaxBody = defaultMaxBody
	}
	return &Redactor{key: append([]byte(nil), key...), cfg: cfg, rules: &cfg.Rules.ruleSet}
}

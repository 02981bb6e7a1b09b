// Package redact takes secrets and personal data out of captured traffic.
//
// A [Redactor] replaces each value by a placeholder such as [redacted:secret:3f9a1c07be]. Placeholders are
// keyed: equal values give equal placeholders under one key, so that one can still see that two calls share a
// token, and nobody without the key can test a guess. Redacting twice changes nothing more.
//
// What is taken out: credentials by header (Authorization, cookies, API keys), by the name of a query, form,
// JSON or XML value (passwords, tokens, secrets, keys), by their shape anywhere (JWTs, private keys, the token
// forms of well-known services, credentials in URLs) and by their randomness; e-mail addresses, payment card
// numbers and national ids that check out. Identifiers and hashes are left: UUIDs, hexadecimal digests, numbers,
// and whatever has a name that says so.
//
// Redaction is a best effort by names and shapes. It cannot know a secret that looks like a word under a name that
// means nothing, personal names, addresses, or what is in an image. Bodies that cannot be decoded are left out.
package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Config says what to redact beyond the built-in rules. The zero value adds nothing.
type Config struct {
	// Rules are rules of one's own. They only add: nothing turns a built-in rule off.
	Rules Rules
	// MaxBody bounds, in bytes, the decoded size of a body that [Redactor.Flow] looks at; what is beyond is left
	// out. 0 means 64 MiB.
	MaxBody int64
}

// Redactor redacts. It never changes and may be used from any goroutine.
type Redactor struct {
	key   []byte
	cfg   Config
	rules *ruleSet
	took  *taken // what went, while one flow is redacted; nil otherwise
}

// New returns a redactor whose placeholders are keyed by key, which should be the store's secret. Without a
// key placeholders are the same everywhere, and a guess can be tested: for tests only.
func New(key []byte, cfg Config) *Redactor {
	return &Redactor{key: append([]byte(nil), key...), cfg: cfg, rules: &cfg.Rules.ruleSet}
}

// Kinds of placeholders. The kind is a function of the value alone, so that a value has one placeholder.
const (
	kindSecret = "secret" // known by its name or place only
	kindToken  = "token"  // the shape of a known service's token
	kindJWT    = "jwt"
	kindKey    = "key" // private key
	kindEmail  = "email"
	kindCard   = "card"
	kindID     = "id" // national id
)

const (
	markStart = "[redacted:"
	hashLen   = 10
)

// placeholder returns what stands for value.
func (r *Redactor) placeholder(value string) string {
	return r.mark(kindOf(value), value)
}

func (r *Redactor) mark(kind, value string) string {
	r.took.add(kind, value)
	mac := hmac.New(sha256.New, r.key)
	mac.Write([]byte(value))
	var sum [sha256.Size]byte
	mac.Sum(sum[:0])
	return markStart + kind + ":" + hex.EncodeToString(sum[:hashLen/2]) + "]"
}

// kindOf names the shape of a whole value.
func kindOf(value string) string {
	if s, ok := find(value, 0, Plain); ok && s.start == 0 && s.end == len(value) && s.kind != "" {
		return s.kind
	}
	return kindSecret
}

// markLen returns the length of the placeholder that s starts with, 0 if it starts with none.
func markLen(s string) int {
	rest, ok := strings.CutPrefix(s, markStart)
	if !ok {
		return 0
	}
	kind, rest, ok := strings.Cut(rest, ":")
	if !ok || len(rest) < hashLen+1 || rest[hashLen] != ']' {
		return 0
	}
	switch kind {
	case kindSecret, kindToken, kindJWT, kindKey, kindEmail, kindCard, kindID:
	default:
		return 0
	}
	for i := range hashLen {
		if c := rest[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return 0
		}
	}
	return len(markStart) + len(kind) + 1 + hashLen + 1
}

// isMark says whether s is a placeholder and nothing else.
func isMark(s string) bool { return s != "" && markLen(s) == len(s) }

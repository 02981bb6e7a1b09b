// Package standin makes values that replace secrets in flows that leave the machine.
//
// A placeholder such as [redacted:email:3f9a1c07be] is no e-mail address. A document that was
// inferred from it would say less than one inferred from the secret. A stand-in has the format of
// the secret: an address for an address, a UUID for a UUID, digits for digits. It depends on the
// secret by a keyed hash only, so that equal secrets have equal stand-ins, and nobody without the
// key can test a guess.
//
// A stand-in is recognizable where its format has room for that ([Is]): by a name that cannot exist
// (RFC 2606, RFC 6761), a range for documentation (RFC 3849), or the word "redacted" in its bytes.
// Digits and IPv4 addresses have no such room.
//
// Encryption that preserves formats could be undone. Documents of seven recorded APIs are equal
// line for line; with placeholders, five of them lost lines.
//
// Read standin.go first, then forms.go (formats) and set.go (texts with placeholders).
package standin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Hash is a source of keyed bytes that depend on a secret.
type Hash struct{ key, value []byte }

// NewHash returns the hash of a value under a key. Only the holder of the key can compute it.
func NewHash(key []byte, value string) Hash { return Hash{key, []byte(value)} }

// bytes returns n bytes of the hash. Other rounds give other bytes.
func (h Hash) bytes(round uint32, n int) []byte {
	var out []byte
	for block := uint32(0); len(out) < n; block++ {
		mac := hmac.New(sha256.New, h.key)
		var salt [8]byte
		binary.BigEndian.PutUint32(salt[:], round)
		binary.BigEndian.PutUint32(salt[4:], block)
		mac.Write([]byte("stand-in\x00")) // not the bytes of a placeholder
		mac.Write(salt[:])
		mac.Write(h.value)
		out = mac.Sum(out)
	}
	return out[:n]
}

// hex returns n hexadecimal digits of the hash.
func (h Hash) hex(n int) string { return hex.EncodeToString(h.bytes(0, (n+1)/2))[:n] }

// The marks of stand-ins.
const (
	word     = "redacted-"
	host     = "redacted.invalid"
	uuidMark = "72656461-6374-8" // "redact", and version 8 of RFC 9562: made by a custom rule
	ipv6Mark = "2001:db8:7265:6461:"
)

var (
	byteMark = base64.StdEncoding.EncodeToString([]byte("redacted:"))
	jwtMark  = base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"redacted"}`)) + "."
)

// hashLen is the number of hexadecimal digits in a stand-in that has room for them.
const hashLen = 16

// Is reports whether s is a stand-in with a mark.
func Is(s string) bool {
	if strings.HasPrefix(s, uuidMark) || strings.HasPrefix(s, ipv6Mark) || strings.HasPrefix(s, byteMark) ||
		strings.HasPrefix(s, jwtMark) || strings.HasPrefix(s, word) {
		return true
	}
	_, rest, ok := strings.Cut(s, "://")
	return ok && (rest == host || strings.HasPrefix(rest, host+"/"))
}

package guard

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"

	"github.com/spectap/spectap/internal/jsonvalue"
)

// Digest is a SHA-256 digest of the arguments of a call. Equal arguments have equal digests,
// different ones do not.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// DigestOf returns the digest of a decoded JSON value: nil, bool, string, json.Number, []any and
// map[string]any. The order of members does not matter. The text of a number does: 1 and 1.0 are
// different arguments. A value of any other type is digested by its JSON.
func DigestOf(v any) Digest { return sha256.Sum256(appendValue(make([]byte, 0, 1<<10), v)) }

// appendValue appends a value behind its kind and length, so that different values never append the
// same bytes.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return appendKind(b, 'z', 0)
	case bool:
		if v {
			return appendKind(b, 't', 0)
		}
		return appendKind(b, 'f', 0)
	case string:
		return append(appendKind(b, 's', len(v)), v...)
	case json.Number:
		return append(appendKind(b, 'n', len(v)), v...)
	case []any:
		b = appendKind(b, 'a', len(v))
		for _, e := range v {
			b = appendValue(b, e)
		}
		return b
	case map[string]any:
		b = appendKind(b, 'o', len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b = appendValue(appendValue(b, k), v[k])
		}
		return b
	}
	if text, err := json.Marshal(v); err == nil {
		return appendValue(b, jsonvalue.Decode(text))
	}
	return appendKind(b, '?', 0)
}

// appendKind appends the kind and length that precede a value.
func appendKind(b []byte, kind byte, n int) []byte {
	return binary.BigEndian.AppendUint64(append(b, kind), uint64(n))
}

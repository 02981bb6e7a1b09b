package guard

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
	"maps"
	"slices"
)

// Digest is a SHA-256 digest of the arguments of a call. Equal arguments have equal digests,
// different ones do not.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// DigestOf returns the digest of a decoded JSON value: nil, bool, string, json.Number, []any and
// map[string]any. The order of members does not matter. The text of a number does: 1 and 1.0 are
// different arguments. A value of any other type is digested by its JSON.
func DigestOf(v any) Digest {
	h := sha256.New()
	writeValue(h, v)
	return Digest(h.Sum(nil))
}

// writeValue writes each value behind its kind and length, so that different values never write the
// same bytes.
func writeValue(h hash.Hash, v any) {
	switch v := v.(type) {
	case nil:
		writeKind(h, 'z', 0)
	case bool:
		if v {
			writeKind(h, 't', 0)
		} else {
			writeKind(h, 'f', 0)
		}
	case string:
		writeKind(h, 's', len(v))
		h.Write([]byte(v))
	case json.Number:
		writeKind(h, 'n', len(v))
		h.Write([]byte(v))
	case []any:
		writeKind(h, 'a', len(v))
		for _, e := range v {
			writeValue(h, e)
		}
	case map[string]any:
		writeKind(h, 'o', len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			writeValue(h, k)
			writeValue(h, v[k])
		}
	default:
		b, err := json.Marshal(v)
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(b))
			d.UseNumber()
			var plain any
			if d.Decode(&plain) == nil {
				writeValue(h, plain)
				return
			}
		}
		writeKind(h, '?', 0)
	}
}

// writeKind writes the kind and length that precede a value.
func writeKind(h hash.Hash, kind byte, n int) {
	var b [9]byte
	b[0] = kind
	binary.BigEndian.PutUint64(b[1:], uint64(n))
	h.Write(b[:])
}

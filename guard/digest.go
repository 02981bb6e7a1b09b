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

// Digest stands for the arguments of a call: equal arguments have equal digests, and different ones do not.
type Digest [sha256.Size]byte

// String returns the digest in hexadecimal.
func (d Digest) String() string { return hex.EncodeToString(d[:]) }

// DigestOf digests a decoded JSON value: nil, bool, string, json.Number, []any and map[string]any. The order
// of members does not count; the text of a number does, so that 1 and 1.0 are different arguments.
// Any other type is digested by its JSON.
func DigestOf(v any) Digest {
	h := sha256.New()
	digest(h, v)
	return Digest(h.Sum(nil))
}

// digest writes each value with its kind and length before it, so that no two values write the same bytes.
func digest(h hash.Hash, v any) {
	switch v := v.(type) {
	case nil:
		tag(h, 'z', 0)
	case bool:
		if v {
			tag(h, 't', 0)
		} else {
			tag(h, 'f', 0)
		}
	case string:
		tag(h, 's', len(v))
		h.Write([]byte(v))
	case json.Number:
		tag(h, 'n', len(v))
		h.Write([]byte(v))
	case []any:
		tag(h, 'a', len(v))
		for _, e := range v {
			digest(h, e)
		}
	case map[string]any:
		tag(h, 'o', len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			digest(h, k)
			digest(h, v[k])
		}
	default:
		b, err := json.Marshal(v)
		if err == nil {
			d := json.NewDecoder(bytes.NewReader(b))
			d.UseNumber()
			var plain any
			if d.Decode(&plain) == nil {
				digest(h, plain)
				return
			}
		}
		tag(h, '?', 0)
	}
}

func tag(h hash.Hash, kind byte, n int) {
	var b [9]byte
	b[0] = kind
	binary.BigEndian.PutUint64(b[1:], uint64(n))
	h.Write(b[:])
}

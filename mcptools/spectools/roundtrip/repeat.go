package roundtrip

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi/router"
)

// maxRepeats bounds the requests that are not sent twice, 32 bytes each and what a map adds.
const maxRepeats = 1 << 17

// repeats has what came of requests: an equal one need not be sent. Differences are not kept, as
// their values may be large.
type repeats map[requestKey]error

type requestKey [sha256.Size]byte

// keep notes what came of a request: it was reproduced (nil), or is left out for err.
func (r repeats) keep(k requestKey, err error) {
	if err != nil && !errors.Is(err, serialize.ErrMalformed) && !errors.Is(err, errRefused) {
		return
	}
	if len(r) >= maxRepeats {
		clear(r)
	}
	r[k] = err
}

// keyOf returns the hash of all that the outcome of a flow depends on: its request, its operation,
// and whether the API refused it.
func keyOf(f *flow.Flow, match *router.Match) (k requestKey) {
	h := sha256.New()
	r := &f.Request
	for _, s := range []string{match.Method, match.Template, match.Prefix, r.Method, r.Scheme, r.Authority, r.Path, r.RawQuery} {
		writeField(h, s)
	}
	h.Write(binary.AppendUvarint(nil, uint64(len(r.Header))))
	for _, field := range r.Header {
		writeField(h, field.Name)
		writeField(h, field.Value)
	}
	flags := []byte{'-', '-', '-'}
	for i, set := range []bool{isRefused(f), r.Body.Truncated, r.Body.Dropped} {
		if set {
			flags[i] = '+'
		}
	}
	h.Write(flags)
	h.Write(r.Body.Data)
	h.Sum(k[:0])
	return k
}

// writeField writes a text with its length, so that no two lists of texts are the same bytes.
func writeField(h hash.Hash, s string) {
	h.Write(binary.AppendUvarint(nil, uint64(len(s))))
	h.Write([]byte(s))
}

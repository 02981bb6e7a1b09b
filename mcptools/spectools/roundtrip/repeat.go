package roundtrip

import (
	"crypto/sha256"
	"errors"
	"fmt"

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
	h, r := sha256.New(), &f.Request
	fmt.Fprintf(h, "%q %q %t %t %t ",
		[]string{match.Method, match.Template, match.Prefix, r.Method, r.Scheme, r.Authority, r.Path, r.RawQuery},
		r.Header, isRefused(f), r.Body.Truncated, r.Body.Dropped)
	h.Write(r.Body.Data)
	h.Sum(k[:0])
	return k
}

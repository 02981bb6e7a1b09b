package apidoc

import (
	"bytes"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// Encoder encodes documents and caches the last texts: clients read a long document in several
// calls. The zero value is ready for use, from any goroutine.
type Encoder struct {
	mu     sync.Mutex // guards cached
	cached []encoded
}

type encoded struct {
	doc    *openapi3.T // never modified
	format openapi.Format
	text   []byte
}

// Limits of the cache: the number of texts, and the bytes of each.
const (
	maxCached      = 4
	maxCachedBytes = 4 << 20
)

// Encode returns the text of a document. The caller must modify neither the text nor the document.
func (e *Encoder) Encode(doc *openapi3.T, format openapi.Format) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.cached, func(x encoded) bool { return x.doc == doc && x.format == format })
	if i >= 0 {
		return e.cached[i].text, nil
	}
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, format); err != nil {
		return nil, err
	}
	if b.Len() <= maxCachedBytes {
		if len(e.cached) == maxCached {
			e.cached = slices.Delete(e.cached, 0, 1)
		}
		e.cached = append(e.cached, encoded{doc, format, b.Bytes()})
	}
	return b.Bytes(), nil
}

package mcptools

import (
	"bytes"
	"slices"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// encoded keeps the texts of the last documents: a long one is read in parts, and while nothing is captured who documents
// gives the same document again.
type encoded struct {
	mu  sync.Mutex // guards all
	all []encodedDocument
}

type encodedDocument struct {
	doc    *openapi3.T // as it was given: it never changes
	format openapi.Format
	text   []byte
}

// maxEncoded is how many texts are kept, and maxEncodedBytes how long one may be.
const (
	maxEncoded      = 4
	maxEncodedBytes = 4 << 20
)

// of is the text of a document, which the caller does not change.
func (e *encoded) of(doc *openapi3.T, format openapi.Format) ([]byte, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i := slices.IndexFunc(e.all, func(x encodedDocument) bool { return x.doc == doc && x.format == format })
	if i >= 0 {
		return e.all[i].text, nil
	}
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, format); err != nil {
		return nil, err
	}
	if b.Len() <= maxEncodedBytes {
		if len(e.all) == maxEncoded {
			e.all = slices.Delete(e.all, 0, 1)
		}
		e.all = append(e.all, encodedDocument{doc, format, b.Bytes()})
	}
	return b.Bytes(), nil
}

package infer

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/wire"
)

const (
	// maxDocuments bounds the documents of one GraphQL operation, which are those of several client
	// versions.
	maxDocuments = 3
	// maxDocument bounds a document, in bytes.
	maxDocument = 4096
	// maxDigits bounds the digits of a number in a document: a page has a size, but an id is data.
	maxDigits = 4
)

// documentFacts counts the GraphQL documents that calls of one operation sent as JSON.
type documentFacts struct {
	documents *bottomk.Counts
	other     int64 // documents that are not kept, because they hold data or are long
}

func newDocuments() *documentFacts {
	return &documentFacts{documents: bottomk.New[*bottomk.Count](maxDocuments)}
}

func (d *documentFacts) merge(o *documentFacts) {
	d.documents.Merge(o.documents)
	d.other += o.other
}

func (d *documentFacts) append(b []byte) []byte {
	return wire.Uint(d.documents.Append(b), uint64(d.other))
}

func readDocuments(r *wire.Reader) *documentFacts {
	d := newDocuments()
	bottomk.ReadCounts(d.documents, r)
	d.other = r.Count()
	return d
}

// all returns the documents if they are those of all calls, else nil.
func (d *documentFacts) all() []string {
	if d == nil || d.other > 0 || d.documents.Overflowed() {
		return nil
	}
	return d.documents.Names()
}

// learnDocument counts the document that a call of a GraphQL operation sent.
func (m *methodFacts) learnDocument(v call.Variant, f *flow.Flow) {
	if !v.IsGraphQL() {
		return
	}
	document, ok := call.GraphQLDocument(&f.Request)
	if !ok {
		return
	}
	if m.documents == nil {
		m.documents = newDocuments()
	}
	if !isWithoutData(document) {
		m.documents.other++
		return
	}
	bottomk.Tally(m.documents.documents, document)
}

// isWithoutData reports whether a document holds no data, which is then all in its variables. Data
// are strings, comments, long numbers and all characters without a meaning in GraphQL.
func isWithoutData(document string) bool {
	if len(document) > maxDocument || !utf8.ValidString(document) {
		return false
	}
	digits := 0
	for _, c := range document {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		isControl := c < ' ' && c != '\n' && c != '\t' && c != '\r'
		if digits > maxDigits || isControl || c > '~' || strings.ContainsRune(`"#<>`, c) {
			return false
		}
	}
	return true
}

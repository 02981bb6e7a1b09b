// Package graphql keeps the documents of GraphQL operations that hold no data.
package graphql

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/wire"
)

const (
	// maxDocuments bounds the documents of one operation, which are those of several client
	// versions.
	maxDocuments = 3
	// maxDocument bounds a document, in bytes.
	maxDocument = 4096
	// maxDigits bounds the digits of a number in a document: a page has a size, but an id is data.
	maxDigits = 4
)

// Documents counts the documents that calls of one operation sent as JSON.
type Documents struct {
	kept  *bottomk.Counts
	other int64 // documents that are not kept, because they hold data or are long
}

// New returns Documents without any.
func New() *Documents { return &Documents{kept: bottomk.New[*bottomk.Count](maxDocuments)} }

// Add counts a document.
func (d *Documents) Add(document string) {
	if !isWithoutData(document) {
		d.other++
		return
	}
	bottomk.Tally(d.kept, document)
}

// Merge adds what o counted.
func (d *Documents) Merge(o *Documents) {
	d.kept.Merge(o.kept)
	d.other += o.other
}

// Append appends the documents and their counts to b.
func (d *Documents) Append(b []byte) []byte { return wire.Uint(d.kept.Append(b), uint64(d.other)) }

// Read reads what Append wrote. Errors are those of r.
func Read(r *wire.Reader) *Documents {
	d := New()
	bottomk.ReadCounts(d.kept, r)
	d.other = r.Count()
	return d
}

// All returns the documents, sorted, if they are those of all calls, else nil.
func (d *Documents) All() []string {
	if d == nil || d.other > 0 || d.kept.Overflowed() {
		return nil
	}
	return d.kept.Names()
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

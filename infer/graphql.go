package infer

import (
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/internal/varint"
)

// This file keeps the documents of GraphQL operations that hold no data.

const (
	// maxDocuments bounds the documents of one operation, which are those of several client
	// versions.
	maxDocuments = 3
	// maxDocument bounds a document, in bytes.
	maxDocument = 4096
	// maxDigits bounds the digits of a number in a document: a page has a size, but an id is data.
	maxDigits = 4
)

// graphqlDocuments counts the documents that calls of one operation sent as JSON.
type graphqlDocuments struct {
	kept  *bottomk.Counts
	other int64 // documents that are not kept, because they hold data or are long
}

// New returns no documents.
func (*graphqlDocuments) New() *graphqlDocuments {
	return &graphqlDocuments{kept: bottomk.New[*bottomk.Count](maxDocuments)}
}

// Add counts a document.
func (d *graphqlDocuments) Add(document string) {
	if !isWithoutData(document) {
		d.other++
		return
	}
	bottomk.Tally(d.kept, document)
}

// Merge adds what o counted.
func (d *graphqlDocuments) Merge(o *graphqlDocuments) {
	d.kept.Merge(o.kept)
	d.other += o.other
}

// Code encodes the documents and their counts.
func (d *graphqlDocuments) Code(c *varint.Coder) {
	d.kept.Code(c)
	varint.Naturals(c, &d.other)
}

// All returns the documents, sorted, if they are complete for all calls, or nil.
func (d *graphqlDocuments) All() []string {
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

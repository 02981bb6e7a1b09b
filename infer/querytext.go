package infer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer/bottomk"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/infer/wire"
)

const (
	// maxTexts bounds the documents that one GraphQL operation is known by: those of a client's versions.
	maxTexts = 3
	// maxText bounds a document, in bytes.
	maxText = 4096
	// maxDigits is how many digits a number in a document has: pages have sizes, an id is data.
	maxDigits = 4
)

// textFacts are the GraphQL documents that calls of one operation sent as JSON.
type textFacts struct {
	texts *bottomk.Counts
	other int64 // that are not kept: they hold data, or are long
}

func newTexts() *textFacts { return &textFacts{texts: bottomk.New[*bottomk.Count](maxTexts)} }

func (t *textFacts) merge(o *textFacts) {
	t.texts.Merge(o.texts)
	t.other += o.other
}

func (t *textFacts) append(b []byte) []byte { return wire.Uint(t.texts.Append(b), uint64(t.other)) }

func readTexts(r *wire.Reader) *textFacts {
	t := newTexts()
	bottomk.ReadCounts(t.texts, r)
	t.other = r.Count()
	return t
}

// all gives the documents when each call sent one of them, else nil.
func (t *textFacts) all() []string {
	if t == nil || t.other > 0 || t.texts.Overflowed() {
		return nil
	}
	return t.texts.Names()
}

// learnDocument notes the document that a call of a GraphQL operation sent.
func (m *methodFacts) learnDocument(v call.Variant, f *flow.Flow) {
	if !v.IsGraphQL() {
		return
	}
	text, ok := call.GraphQLDocument(&f.Request)
	if !ok {
		return
	}
	if m.texts == nil {
		m.texts = newTexts()
	}
	if !isContract(text) {
		m.texts.other++
		return
	}
	bottomk.Tally(m.texts.texts, text)
}

// isContract says whether a document asks for what its variables say and holds no data itself: no texts, no comments, no
// long numbers, and nothing that GraphQL has no sign for.
func isContract(text string) bool {
	if len(text) > maxText || !utf8.ValidString(text) {
		return false
	}
	digits := 0
	for _, c := range text {
		if digits++; c < '0' || c > '9' {
			digits = 0
		}
		switch {
		case digits > maxDigits, strings.ContainsRune(`"#<>`, c), c < ' ' && c != '\n' && c != '\t' && c != '\r', c > '~':
			return false
		}
	}
	return true
}

// document says which documents the calls of a GraphQL operation send. They make it what it is: another one has other
// answers.
func (w *calls) document(c *candidate) {
	texts := c.facts.texts.all()
	if len(texts) == 0 {
		return
	}
	w.fix(c, func(p *schema.Property) {
		if p.Name == "query" && p.Schema.Kind == schema.String && p.Schema.Ref == "" {
			one := *p.Schema
			one.Enum, one.Observed, one.Format = slices.Clone(texts), nil, ""
			p.Schema = &one
		}
	})
}

package infer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/varint"
)

// TestAll has documents of calls, which are kept if none holds data and they are few.
func TestAll(t *testing.T) {
	for _, tt := range []struct {
		name      string
		documents []string
		want      []string
	}{
		{"none", nil, nil}, {"one", []string{"{ a }"}, []string{"{ a }"}}, {"several times", []string{"{ b }", "{ a }", "{ b }"}, []string{"{ a }", "{ b }"}},
		{"three", []string{"{ c }", "{ b }", "{ a }"}, []string{"{ a }", "{ b }", "{ c }"}}, {"four", []string{"{ a }", "{ b }", "{ c }", "{ d }"}, nil},
		{"lines and tabs", []string{"{\r\n\ta\n}"}, []string{"{\r\n\ta\n}"}}, {"a number of a page", []string{"{ a(n: 1000) }"}, []string{"{ a(n: 1000) }"}},
		{"a number", []string{"{ a(n: 10000) }"}, nil}, {"two numbers", []string{"{ a(n: 1000, m: 1000) }"}, []string{"{ a(n: 1000, m: 1000) }"}},
		{"a text", []string{`{ a(n: "x") }`}, nil}, {"a comment", []string{"{ a } # x"}, nil}, {"a character without a meaning", []string{"{ a < b }"}, nil},
		{"a control character", []string{"{ a\x00 }"}, nil}, {"the last character with a meaning", []string{"{ a ~ }"}, []string{"{ a ~ }"}}, {"the next", []string{"{ a \x7f }"}, nil},
		{"letters of other languages", []string{"{ é }"}, nil}, {"no text", []string{"\xff"}, nil},
		{"the longest", []string{strings.Repeat("a", maxDocument)}, []string{strings.Repeat("a", maxDocument)}}, {"a longer one", []string{strings.Repeat("a", maxDocument+1)}, nil},
		{"data after a document", []string{"{ a }", `"x"`}, nil},
	} {
		var none *graphqlDocuments
		whole, first, second := none.New(), none.New(), none.New()
		for i, s := range tt.documents {
			whole.Add(s)
			if i == 0 {
				first.Add(s)
			} else {
				second.Add(s)
			}
		}
		first.Merge(second)
		encoded := func(d *graphqlDocuments) []byte {
			c := varint.NewWriter(nil)
			d.Code(c)
			return c.Out()
		}
		read := none.New()
		read.Code(varint.NewDecoder(varint.NewReader(encoded(whole))))
		for name, d := range map[string]*graphqlDocuments{"added": whole, "merged": first, "read": read} {
			if got := d.All(); !slices.Equal(got, tt.want) || !bytes.Equal(encoded(d), encoded(whole)) {
				t.Errorf("%s, %s: %.99s", tt.name, name, fmt.Sprint(got))
			}
		}
	}
	var none *graphqlDocuments
	if none.All() != nil {
		t.Error("no documents are some")
	}
}

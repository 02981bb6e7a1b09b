package filter_test

import (
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/filter"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/lint"
)

// maxTags bounds the tags by which the document of a vendor is filtered.
const maxTags = 1

// TestVendorsByTag filters the documents of vendors by tags. The result has no error that the
// complete document does not have.
func TestVendorsByTag(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, name := range corpustest.Names(t) {
		t.Run(name, func(t *testing.T) {
			text := corpustest.Read(t, name, corpustest.Document)
			if len(text) > corpustest.Large {
				return
			}
			doc := openapitest.Must(openapi.Load(text))
			rules := rulesBroken(t, text)
			for i, tag := range doc.Tags {
				if i == maxTags {
					break
				}
				out, kept, err := filter.Document(text, filter.Config{Tags: []string{tag.Name}})
				if err != nil {
					continue // no operation has the tag
				}
				for rule, n := range rulesBroken(t, out) {
					if n > rules[rule] {
						t.Errorf("tag %s: %d errors of rule %s, the whole document has %d", tag.Name, n, rule, rules[rule])
					}
				}
				if kept == 0 {
					t.Errorf("tag %s: nothing is left", tag.Name)
				}
			}
		})
	}
}

func rulesBroken(t *testing.T, text []byte) map[string]int {
	t.Helper()
	report := openapitest.Must(lint.Check(t.Context(), text, lint.Config{ErrorsOnly: true}))
	n := map[string]int{}
	for _, f := range report.Findings {
		n[f.Rule]++
	}
	return n
}

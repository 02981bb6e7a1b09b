package diff_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/diff"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// TestEvidence checks which changes are breaks if a document, or both, were inferred from traffic.
func TestEvidence(t *testing.T) {
	const all = "type: object, required: [id, name], properties: {id: {type: integer}, name: {type: string}"
	for _, tt := range []struct {
		name, old, new       string    // schemas of the response
		people, second, both [2]string // the gravest level, and that in the other direction: nobody's, the second document inferred, both
	}{
		{"a member that all answers lost", all + "}", "type: object, required: [id], properties: {id: {type: integer}}",
			[2]string{"breaking", "info"}, [2]string{"breaking", "info"}, [2]string{"breaking", "info"}},
		{"a member that few answers lack", all + "}", "type: object, properties: {id: {type: integer}}",
			[2]string{"breaking", "info"}, [2]string{"info", "info"}, [2]string{"info", "info"}},
		{"an optional member", all + ", a: {}}", all + "}", [2]string{"info", "info"}, [2]string{"info", "info"}, [2]string{"info", "info"}},
		{"null", all + ", a: {type: string}}", all + ", a: {type: [string, 'null']}}",
			[2]string{"breaking", "info"}, [2]string{"breaking", "info"}, [2]string{"info", "info"}},
		{"only null", all + ", a: {type: object, required: [b], properties: {b: {}}}}", all + ", a: {description: only null was seen}}",
			[2]string{"breaking", "info"}, [2]string{"", "info"}, [2]string{"", ""}},
		{"another type", all + ", a: {type: string}}", all + ", a: {type: boolean}}",
			[2]string{"breaking", "breaking"}, [2]string{"breaking", "breaking"}, [2]string{"warning", "warning"}},
		{"a format", all + ", a: {type: string, format: uuid}}", all + ", a: {anyOf: [{type: string}, {type: string, format: date}]}}",
			[2]string{"breaking", "info"}, [2]string{"", ""}, [2]string{"", ""}},
		{"a bound", all + ", a: {type: string, maxLength: 9}}", all + ", a: {type: string}}",
			[2]string{"breaking", "info"}, [2]string{"info", "info"}, [2]string{"info", "info"}},
	} {
		gravest := func(old, new string, isOld, isNew bool) string {
			docs := [2]*openapi3.T{}
			for i, s := range []string{old, new} {
				doc := openapitest.Must(openapi.Load([]byte(strings.NewReplacer("REQUEST", "{}", "RESPONSE", "{"+s+"}", "SCHEMAS", "    A: {}").Replace(combined))))
				if []bool{isOld, isNew}[i] {
					openapi.MarkInferred(doc)
				}
				docs[i] = doc
			}
			changes := openapitest.Must(diff.Options{}.Documents(docs[0], docs[1]))
			if len(changes) == 0 {
				return ""
			}
			return string(changes[0].Level)
		}
		got := [][2]string{}
		for _, inferred := range [][2]bool{{false, false}, {false, true}, {true, true}} {
			got = append(got, [2]string{gravest(tt.old, tt.new, inferred[0], inferred[1]), gravest(tt.new, tt.old, inferred[0], inferred[1])})
		}
		if !slices.Equal(got, [][2]string{tt.people, tt.second, tt.both}) {
			t.Errorf("%s: %q, want %q, %q, %q", tt.name, got, tt.people, tt.second, tt.both)
		}
	}
}

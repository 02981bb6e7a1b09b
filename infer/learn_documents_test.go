package infer_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestDocuments holds that the documents of a GraphQL operation are constants, unless they hold
// data or there are many.
func TestDocuments(t *testing.T) {
	const plain = "query Ship($id: ID!, $first: Int = 20) {\n  ship(id: $id) { name crews(first: $first, order: NAME_ASC) { rank } }\n}\n"
	for _, tt := range []struct {
		name      string
		documents []string
		want      []string
	}{
		{"one", []string{plain}, []string{plain}},
		{"two versions", []string{"query Ship { ship { name } }", "query Ship { ship { id } }"}, []string{"query Ship { ship { id } }", "query Ship { ship { name } }"}},
		{"four versions", []string{"query Ship { a }", "query Ship { b }", "query Ship { c }", "query Ship { d }"}, nil},
		{"a string", []string{`query Ship { ship(name: "Nora Vance") { id } }`}, nil},
		{"a string in one of two", []string{plain, `query Ship { ship(name: "Nora Vance") { id } }`}, nil},
		{"an id", []string{"query Ship { ship(id: 8812345) { id } }"}, nil},
		{"a comment", []string{"query Ship { ship { id } } # for Nora"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var fs []flow.Flow
			for i := range 12 {
				body := must.Get(json.Marshal(map[string]any{"query": tt.documents[i%len(tt.documents)],
					"variables": map[string]any{"id": fmt.Sprint(i)}}))
				fs = append(fs, post("/graphql", string(body), `{"data":{}}`))
				if tt.name == "one" { // the same operation in a batch
					fs = append(fs, post("/graphql", "["+string(body)+"]", `[{"data":{}}]`))
				}
			}
			d := soundBoth(t, fs)
			s := property(t, d, operation(t, d, "POST", "/graphql#Ship").Request.Content[0].Schema, "query")
			if !slices.Equal(s.Enum, tt.want) {
				t.Errorf("got %q, want %q", s.Enum, tt.want)
			}
		})
	}
}

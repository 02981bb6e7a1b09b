package merge

import (
	"testing"

	yaml "github.com/oasdiff/yaml3"
)

// TestIndexFor places a new key: by the alphabet if the keys are sorted, in an operation by the
// usual order, else at the end, and never first.
func TestIndexFor(t *testing.T) {
	for _, x := range []struct {
		text, key string
		want      int
	}{
		{"{a: 1, c: 1, e: 1}", "b", 1}, {"{a: 1, c: 1, e: 1}", "d", 2}, {"{a: 1, c: 1, e: 1}", "f", 3}, {"{b: 1, c: 1}", "a", 2},
		{"{c: {}, a: {}, e: {}}", "d", 3}, {"{a: {}, e: {}, c: {}}", "b", 3}, {"{a: {}}", "b", 1}, {"{b: {}}", "a", 1}, {"{}", "a", 0},
		{"{tags: [], operationId: x, responses: {}}", "summary", 2}, {"{tags: [], responses: {}}", "security", 1}, {"{operationId: x, responses: {}}", "summary", 1},
		{"{responses: {}, tags: []}", "summary", 2}, {"{tags: [], summary: x, responses: {}}", "parameters", 2}, {"{summary: x, responses: {}}", "tags", 1},
		{"{tags: [], responses: {}}", "x-other", 2},
	} {
		var doc yaml.Node
		if err := yaml.Unmarshal([]byte(x.text), &doc); err != nil {
			t.Fatal(err)
		}
		if got := (&merger{}).indexFor(doc.Content[0], x.key); got != 2*x.want {
			t.Errorf("%s in %s: behind %d pairs, want %d", x.key, x.text, got/2, x.want)
		}
	}
}

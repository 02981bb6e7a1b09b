package yamledit

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	yaml "github.com/oasdiff/yaml3"
)

// TestIndexGet compares an index with a scan of the mapping, while pairs come and go.
func TestIndexGet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		n, x := Mapping(), Index{}
		for range 200 {
			key := string(rune('a' + r.IntN(26)))
			if r.IntN(3) == 0 {
				RemovePairs(n, func(k, _ *yaml.Node) bool { return k.Value == key && r.IntN(2) == 0 })
			} else {
				n.Content = append(n.Content, String(key+strings.Repeat("x", r.IntN(3))), Scalar(true))
			}
			for _, k := range []string{key, key + "x", "none"} {
				if _, got := x.Child(n, k); got != Get(n, k) {
					t.Fatalf("%s: %v, want %v", k, got, Get(n, k))
				}
			}
		}
	}
	for _, n := range []*yaml.Node{nil, Sequence(), Scalar("a")} {
		if key, value := new(Index).Child(n, "a"); key != nil || value != nil {
			t.Errorf("found in %v", n)
		}
	}
}

// TestJSONPositions compares the position of each string in random JSON with one that is computed
// from the text.
func TestJSONPositions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		id := 0
		text := randomJSON(r, &id, 0)
		tree, err := Parse(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err, text)
		}
		checkPositions(t, text, tree.Root)
	}
}

// randomJSON writes an object whose keys and values are distinct strings, with white space and
// characters of several bytes.
func randomJSON(r *rand.Rand, id *int, depth int) string {
	space := func() string { return []string{"", "", " ", "\n", "\r\n  ", "\t"}[r.IntN(6)] }
	name := func() string {
		*id++
		b, _ := json.Marshal("é😀"[:[]int{0, 2, 6}[r.IntN(3)]] + "#" + string(rune('A'+*id)))
		return string(b)
	}
	var b strings.Builder
	b.WriteString("{" + space())
	for i := range 1 + r.IntN(4) {
		if i > 0 {
			b.WriteString("," + space())
		}
		b.WriteString(name() + space() + ":" + space())
		switch {
		case depth < 3 && r.IntN(2) == 0:
			b.WriteString(randomJSON(r, id, depth+1))
		case r.IntN(2) == 0:
			b.WriteString("[" + space() + name() + space() + "," + name() + "]")
		default:
			b.WriteString(name())
		}
		b.WriteString(space())
	}
	return b.String() + "}"
}

func checkPositions(t *testing.T, text string, n *yaml.Node) {
	t.Helper()
	if n.Kind == yaml.ScalarNode {
		quoted, _ := json.Marshal(n.Value)
		before, _, ok := strings.Cut(text, string(quoted))
		line := 1 + strings.Count(before, "\n")
		column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:]) + 1
		if !ok || n.Line != line || n.Column != column {
			t.Fatalf("%s is at %d:%d, want %d:%d in\n%s", quoted, n.Line, n.Column, line, column, text)
		}
	}
	for _, c := range n.Content {
		checkPositions(t, text, c)
	}
}

package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// members returns an object with n members, each with the value.
func members(n int, name, value string) string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("%q:%s", fmt.Sprintf(name, 'a'+i%26, 'a'+i/26), value))
	}
	return "{" + strings.Join(out, ",") + "}"
}

// decideBodies decides bodies of one operation that are given as text.
func decideBodies(t *testing.T, key string, bodies ...string) *Schema {
	t.Helper()
	b := goldenBody(key)
	addLines(t, b.Facts, strings.Join(bodies, "\n"))
	return Decide([]Body{b}, Policy{Inline: true}).Schemas[0]
}

// TestDepthLimit checks that 24 levels of a body are described, and that deeper ones are neither
// described nor refused.
func TestDepthLimit(t *testing.T) {
	nested := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	s, depth := decideBodies(t, "GET /things 200", nested), 0
	for ; len(s.Properties) > 0; depth++ {
		s = s.Properties[0].Schema
	}
	if got := outlineSchema(s); depth != 24 || got != "{}" {
		t.Errorf("%d levels, then %s", depth, got)
	}
	lists := strings.Repeat("[", 40) + "1" + strings.Repeat("]", 40)
	s, depth = decideBodies(t, "GET /things 200", lists), 0
	for ; s.Items != nil; depth++ {
		s = s.Items
	}
	if got := outlineSchema(s); depth != 24 || got != "[]" {
		t.Errorf("%d levels, then %s", depth, got)
	}
}

// TestDamagedFacts checks that encodings that end early, go on or have another version are errors,
// and that they change nothing.
func TestDamagedFacts(t *testing.T) {
	b := goldenBody("GET /things 200")
	addLines(t, b.Facts, `4× {"id":1,"state":"open","a":[1,"x",{"type":"push","b":null}],"2024-01-01":1.5,"c":""}`)
	l := NewParameterFacts("sort")
	l.Add("up", "a,b", "1")
	for name, x := range map[string]interface {
		AppendBinary(b []byte) ([]byte, error)
		UnmarshalBinary(data []byte) error
	}{"facts": b.Facts, "parameter": l} {
		data := must.Get(x.AppendBinary(nil))
		bad := [][]byte{append([]byte{data[0] + 1}, data[1:]...), append(data[:len(data):len(data)], 0)}
		for i := range data {
			bad = append(bad, data[:i])
		}
		for i, d := range bad {
			if err := x.UnmarshalBinary(d); err == nil {
				t.Errorf("%s: damaged encoding %d of %d bytes accepted", name, i, len(d))
			}
		}
		if after, _ := x.AppendBinary(nil); string(after) != string(data) {
			t.Errorf("%s: changed by a damaged encoding", name)
		}
	}
}

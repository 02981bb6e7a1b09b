package schema

import (
	"fmt"
	"strings"
	"testing"
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

// TestWidth checks that an object of 256 properties is a record, and one of 257 a map: the widest
// objects of real APIs have about 150. It does not matter whether one object has them all.
func TestWidth(t *testing.T) {
	half := func(n int, name string) string { return members(n, name, "1") }
	for _, tt := range []struct {
		name   string
		bodies []string
		isMap  bool
	}{
		{"256 at once", []string{half(256, "of_%c%cx")}, false},
		{"257 at once", []string{half(257, "of_%c%cx")}, true},
		{"256 in two objects", []string{half(128, "of_%c%cx"), half(128, "by_%c%cx")}, false},
		{"257 in two objects", []string{half(128, "of_%c%cx"), half(129, "by_%c%cx")}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := decideBodies(t, "GET /things 200", tt.bodies...)
			if got := s.Additional != nil; got != tt.isMap || got != (len(s.Properties) == 0) {
				t.Errorf("map %t with %d properties", got, len(s.Properties))
			}
			var merged Facts // as the facts of two stores
			for _, b := range tt.bodies {
				var f Facts
				if err := f.AddJSON([]byte(b), true, nil); err != nil {
					t.Fatal(err)
				}
				merged.Merge(&f)
			}
			s = Decide([]Body{{Key: "k", Facts: &merged}}, Policy{Inline: true}).Schemas[0]
			if got := s.Additional != nil; got != tt.isMap {
				t.Errorf("merged: map %t", got)
			}
		})
	}
}

// TestTagLimit checks that 24 values of a tag divide the objects of one position, and 25 do not.
func TestTagLimit(t *testing.T) {
	events := func(n int) (out []string) {
		for i := range n {
			kind := fmt.Sprintf("event_%c", 'a'+i)
			out = append(out, fmt.Sprintf(`3× {"id":1,"type":%q,"%sa":1,"%sb":2,"%sc":3,"%sd":4}`, kind, kind, kind, kind, kind))
		}
		return out
	}
	for n, want := range map[int]int{24: 24, 25: 0} {
		if s := decideBodies(t, "GET /things 200", events(n)...); len(s.OneOf) != want {
			t.Errorf("%d tags: %d alternatives, want %d", n, len(s.OneOf), want)
		}
	}
}

// TestDepthLimit checks that 24 levels of a body are described, and that what is deeper is neither
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

// TestSampleLimit checks that up to 64 distinct values are counted exactly, and that estimates of
// more are not far off.
func TestSampleLimit(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64, 65, 100, 1000} {
		l := NewParameterFacts("sort")
		for range 3 {
			for i := range n {
				l.Add(fmt.Sprintf("word%d", i))
			}
		}
		got := l.Distinct()
		if n <= 64 && got != n || got < n/2 || got > 2*n {
			t.Errorf("%d distinct values: counted %d", n, got)
		}
		if texts := l.Texts(); len(texts) > 40 || n <= 40 && len(texts) != n {
			t.Errorf("%d distinct values: %d texts", n, len(texts))
		}
	}
	if got := NewParameterFacts("sort").Distinct(); got != 0 {
		t.Errorf("no values: counted %d", got)
	}
}

// TestTextIsKept checks which values of bodies are known as text, and not only as hashes: words
// under names that may hold words.
func TestTextIsKept(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		kept       bool
	}{
		{"a word", `{"state":"open"}`, true},
		{"a word in a list", `{"state":["open"]}`, true},
		{"a word below", `{"a":{"b":[{"state":"open"}]}}`, true},
		{"under the name of a secret", `{"password":"open"}`, false},
		{"in a list under the name of a secret", `{"password":["open"]}`, false},
		{"below the name of a secret", `{"credentials":{"state":"open"}}`, false},
		{"deep below it", `{"credentials":{"a":{"b":[{"state":"open"}]}}}`, false},
		{"free text", `{"state":"Open, as ever"}`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Facts
			if err := f.AddJSON([]byte(tt.body), true, nil); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(strings.ToLower(string(encode(t, &f))), "open"); got != tt.kept {
				t.Errorf("kept %t, want %t", got, tt.kept)
			}
		})
	}
}

// TestTruncatedEvidence checks that a truncated body shows kinds and formats, and nothing about what
// is always there or how long lists are.
func TestTruncatedEvidence(t *testing.T) {
	add := func(f *Facts, n int, body string, whole bool) {
		for range n {
			if err := f.AddJSON([]byte(body), whole, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct{ name, whole, part, want string }{
		{"no whole body", "", `{"a":1,"b":[1,{"c":2`, "{a: integer, b: [(integer | {})]}"},
		{"behind the cut", `{"a":1,"b":2}`, `{"a":1,`, "{a!: integer, b!: integer}"},
		{"a new property", `{"a":1}`, `{"a":1,"d":true,`, "{a!: integer, d: boolean}"},
		{"an object that ended before", `{"x":{"a":1,"b":2}}`, `{"x":{"a":1},`, "{x!: {a!: integer, b!: integer}}"},
		{"a list that ended before", `{"x":[{"a":1}]}`, `{"x":[{"a":1},{}],`, "{x!: [{a!: integer}]}"},
		{"a list of another length", `{"x":[1,"a"]}`, `{"x":[1,"a",2`, "{x!: [integer, string]}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var f Facts
			if tt.whole != "" {
				add(&f, 5, tt.whole, true)
			}
			add(&f, 3, tt.part, false)
			d := Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true})
			if got := outlineSchema(d.Schemas[0]); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// clearSent removes the counts of requests that had a property.
func clearSent(s *Schema) *Schema {
	if s != nil {
		for i := range s.Properties {
			s.Properties[i].AlwaysSent = 0
			clearSent(s.Properties[i].Schema)
		}
		clearSent(s.Items)
		clearSent(s.Additional)
	}
	return s
}

// TestNameSets checks sets of names, which ignore letter case and separators.
func TestNameSets(t *testing.T) {
	var a, b, c NameSet
	a.Add("user_name")
	b.Add("Size")
	data, _ := a.AppendBinary(nil)
	if err := c.UnmarshalBinary(data); err != nil {
		t.Fatal(err)
	}
	c.Merge(&b)
	for name, want := range map[string]bool{"userName": true, "USER-NAME": true, "size": true, "user": false, "": false} {
		if got := c.Has(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
	if a.Has("size") || (*NameSet)(nil).Has("size") || (&NameSet{}).Has("size") {
		t.Error("a name in a set that does not have it")
	}
	for name, bad := range map[string][]byte{"empty": nil, "another version": append([]byte{data[0] + 1}, data[1:]...),
		"truncated": data[:len(data)-1], "longer": append(data, 0)} {
		if err := (&NameSet{}).UnmarshalBinary(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
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
		data, err := x.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
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

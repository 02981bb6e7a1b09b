package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
)

// sampleExchange is one exchange of a random body.
type sampleExchange struct {
	body  []byte
	whole bool
	form  []Field
}

func (s sampleExchange) add(f *Facts) {
	if s.form != nil {
		f.AddForm(s.form, nil)
		return
	}
	f.AddJSON(s.body, s.whole, nil)
}

var lawKeys = []string{"id", "type", "kind", "name", "status", "items", "data", "user", "created_at", "count",
	"labels", "2024-01-02",
	"a@b.example", "0123456789abcdef01", "x-y", "en-US", "12", "value", "children", "object"}

var lawStrings = []string{"", "open", "closed", "in_progress", "2024-01-02", "2024-01-02T03:04:05Z",
	"2024-01-02T03:04:05", "https://example.com/a",
	"me@example.com", "user", "group", "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "10.0.0.1", "12", "3.5", "true",
	"free text, long", "push", "pull"}

func drawValue(t *rapid.T, depth int) any {
	kind := rapid.IntRange(0, 11).Draw(t, "kind")
	if depth > 3 && kind > 7 {
		kind = 1
	}
	if depth < 2 && rapid.IntRange(0, 30).Draw(t, "many") == 0 { // more than the limits for values and tags
		a := []any{}
		for i := range rapid.IntRange(0, 3*maxTags).Draw(t, "count") {
			if tag := fmt.Sprintf("of%c%c", 'a'+i/26, 'a'+i%26); kind%2 == 0 {
				a = append(a, map[string]any{"kind": tag, "p" + tag: i, "sub": map[string]any{"n": i}})
			} else {
				a = append(a, tag)
			}
		}
		return a
	}
	switch kind {
	case 0:
		return nil
	case 1, 2:
		return rapid.SampledFrom(lawStrings).Draw(t, "s")
	case 3:
		return rapid.Bool().Draw(t, "b")
	case 4, 5:
		return rapid.IntRange(-5, 1<<40).Draw(t, "i")
	case 6:
		return json.Number(rapid.SampledFrom([]string{"1.5", "1e3", "0.25", "123456789012345678901234",
			"-0"}).Draw(t, "n"))
	case 7:
		return fmt.Sprintf("v%d", rapid.IntRange(0, 100).Draw(t, "v"))
	case 8:
		n := rapid.IntRange(0, 4).Draw(t, "len")
		a := []any{}
		for range n {
			a = append(a, drawValue(t, depth+1))
		}
		return a
	}
	return drawObject(t, depth)
}

func drawObject(t *rapid.T, depth int) any {
	m := map[string]any{}
	if rapid.IntRange(0, 60).Draw(t, "wide") == 0 { // more than the limit for properties
		for i := range maxProperties/2 + rapid.IntRange(0, maxProperties).Draw(t, "more") {
			m[fmt.Sprintf("p%d", i+rapid.IntRange(0, 1).Draw(t, "o"))] = i
		}
		return m
	}
	if rapid.IntRange(0, 3).Draw(t, "event") == 0 { // records divided by a tag
		kind := rapid.SampledFrom([]string{"push", "member.added", "release", "odd one", ""}).Draw(t, "of")
		m["type"] = kind
		switch kind {
		case "push":
			m["data"] = map[string]any{"ref": "main", "size": rapid.IntRange(0, 9).Draw(t, "size")}
		case "member.added":
			m["data"] = map[string]any{"login": "ann", "role": drawValue(t, depth+2)}
		case "release":
			m["data"] = []any{rapid.IntRange(0, 9).Draw(t, "size")}
		}
		return m
	}
	for range rapid.IntRange(0, 6).Draw(t, "props") {
		m[rapid.SampledFrom(lawKeys).Draw(t, "key")] = drawValue(t, depth+1)
	}
	if rapid.Bool().Draw(t, "tag") {
		m["type"] = fmt.Sprintf("t%c%c", 'a'+rapid.IntRange(0, 5).Draw(t, "ta"),
			'a'+rapid.IntRange(0, 5).Draw(t, "tb"))
	}
	return m
}

func drawSample(t *rapid.T) sampleExchange {
	if rapid.IntRange(0, 9).Draw(t, "form") == 0 {
		var fs []Field
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			fs = append(fs, Field{Name: rapid.SampledFrom([]string{"a", "a[b]", "a[b][]", "c[]", "c[0]",
				"d[x][y]", "d[]", "e", "[", "f]["}).Draw(t, "f"), Value: rapid.SampledFrom(lawStrings).Draw(t, "v")})
		}
		return sampleExchange{form: fs}
	}
	b := must.Get(json.Marshal(drawValue(t, 0)))
	if rapid.IntRange(0, 5).Draw(t, "cut") == 0 {
		return sampleExchange{body: b[:rapid.IntRange(0, len(b)).Draw(t, "at")]}
	}
	return sampleExchange{body: b, whole: true}
}

func encode(t testing.TB, f *Facts) []byte {
	return must.Get(f.AppendBinary(nil))
}

func fatal(t *rapid.T, f *Facts) []byte {
	return must.Get(f.AppendBinary(nil))
}

// TestOrderNeverMatters checks that facts are equal, byte for byte, for any order of adding and any
// grouping of merging, with and without encoding in between.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Custom(drawSample), 1, 40).Draw(t, "samples")
		var all Facts
		for _, s := range samples {
			s.add(&all)
		}
		want := fatal(t, &all)
		perm := rapid.Permutation(samples).Draw(t, "order")
		parts := make([]*Facts, rapid.IntRange(1, 5).Draw(t, "parts"))
		for i := range parts {
			parts[i] = &Facts{}
		}
		for _, s := range perm {
			s.add(parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")])
		}
		for len(parts) > 1 {
			i := rapid.IntRange(0, len(parts)-2).Draw(t, "merge")
			if rapid.Bool().Draw(t, "through bytes") {
				var f Facts
				must.Do(t, f.UnmarshalBinary(fatal(t, parts[i])))
				parts[i] = &f
			}
			before := fatal(t, parts[i+1])
			parts[i].Merge(parts[i+1])
			if !bytes.Equal(before, fatal(t, parts[i+1])) {
				t.Fatal("merging changed its argument")
			}
			parts = append(parts[:i+1], parts[i+2:]...)
		}
		if got := fatal(t, parts[0]); !bytes.Equal(got, want) {
			t.Fatalf("facts differ:\n%s\n%s", describe(parts[0]), describe(&all))
		}
	})
}

// TestCodecIdentity checks that decoded facts have the same encoding.
func TestCodecIdentity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f, g Facts
		for _, s := range rapid.SliceOfN(rapid.Custom(drawSample), 0, 10).Draw(t, "samples") {
			s.add(&f)
		}
		b := fatal(t, &f)
		must.Do(t, g.UnmarshalBinary(b))
		if !bytes.Equal(b, fatal(t, &g)) {
			t.Fatal("encoding differs")
		}
	})
}

// drawAPI draws bodies and their traffic.
func drawAPI(t *rapid.T) ([]Body, [][]sampleExchange) {
	n := rapid.IntRange(1, 4).Draw(t, "positions")
	var ps []Body
	var all [][]sampleExchange
	for i := range n {
		p := Body{Key: fmt.Sprintf("GET /things%d 200 application/json", i),
			Method: rapid.SampledFrom([]string{"GET", "POST", "PATCH"}).Draw(t, "method"),
			Role:   Role(rapid.IntRange(0, 2).Draw(t, "role")), Nouns: []string{"things"}, Facts: &Facts{}}
		p.Form = rapid.IntRange(0, 4).Draw(t, "form") == 0 // bodies of one kind have one media type
		sample := rapid.Custom(drawSample).Filter(func(s sampleExchange) bool { return (s.form != nil) == p.Form })
		samples := rapid.SliceOfN(sample, 1, 25).Draw(t, "samples")
		if rapid.Bool().Draw(t, "repeat") { // some rules need many exchanges
			samples = append(append(samples, samples...), samples...)
		}
		for _, s := range samples {
			s.add(p.Facts)
		}
		ps = append(ps, p)
		all = append(all, samples)
	}
	return ps, all
}

func render(d Decision) string {
	b, err := json.MarshalIndent(struct {
		S []*Schema
		C []Component
	}{d.Schemas, d.Components}, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// TestDecideIsPure checks that the order of bodies and of traffic does not change the result.
func TestDecideIsPure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps, all := drawAPI(t)
		want := Decide(ps, Policy{})
		var shuffled []Body
		for _, i := range rapid.Permutation(indexes(len(ps))).Draw(t, "order") {
			p := ps[i]
			p.Facts = &Facts{}
			for _, s := range rapid.Permutation(all[i]).Draw(t, "traffic") {
				s.add(p.Facts)
			}
			shuffled = append(shuffled, p)
		}
		got := Decide(shuffled, Policy{})
		if render(Decision{Components: want.Components}) != render(Decision{Components: got.Components}) {
			t.Fatalf("components differ:\n%s\n%s", render(want), render(got))
		}
		for i, p := range ps {
			for j, q := range shuffled {
				if p.Key == q.Key && render(Decision{Schemas: want.Schemas[i : i+
					1]}) != render(Decision{Schemas: got.Schemas[j : j+1]}) {
					t.Fatalf("%s differs", p.Key)
				}
			}
		}
	})
}

func indexes(n int) (out []int) {
	for i := range n {
		out = append(out, i)
	}
	return out
}

// TestSoundness checks that every added body is valid under its schema.
func TestSoundness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps, all := drawAPI(t)
		d := Decide(ps, Policy{})
		for i := range ps {
			for _, s := range all[i] {
				if s.form != nil || !s.whole {
					continue
				}
				if why := invalid(d, d.Schemas[i], s.body); why != "" {
					t.Fatalf("%s: %s\n%s\n%s", ps[i].Key, s.body, why, outline(ps, d))
				}
			}
		}
		checkComponents(t, d)
	})
}

// checkComponents checks that names are unique, sorted and used, and that every reference has a
// target.
func checkComponents(t *rapid.T, d Decision) {
	known := map[string]*Schema{}
	last := ""
	for _, c := range d.Components {
		if c.Name <= last {
			t.Fatalf("components not sorted: %s", c.Name)
		}
		last = c.Name
		if strings.Trim(c.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" {
			t.Fatalf("component name %q", c.Name)
		}
		known[c.Name] = c.Schema
	}
	used := map[string]bool{}
	var walk func(s *Schema)
	walk = func(s *Schema) {
		if s == nil {
			return
		}
		if s.Ref != "" && !used[s.Ref] {
			used[s.Ref] = true
			if known[s.Ref] == nil {
				t.Fatalf("dangling reference %q", s.Ref)
			}
			walk(known[s.Ref])
		}
		for _, p := range s.Properties {
			walk(p.Schema)
		}
		for _, list := range [][]*Schema{s.Prefix, s.AnyOf, s.OneOf, {s.Items, s.Additional}} {
			for _, x := range list {
				walk(x)
			}
		}
	}
	for _, s := range d.Schemas {
		walk(s)
	}
	if len(used) != len(known) {
		t.Fatalf("%d components, %d used", len(known), len(used))
	}
}

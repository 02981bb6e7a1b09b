package schema

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "rewrite what golden files expect")

// TestGolden decides the bodies in testdata/golden/*.txtar. A file named "GET /users/{id} 200"
// there holds bodies of one kind, one per line ("3× " before a body stands for three exchanges).
// The file "want" holds the decision.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no golden files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkGolden(t, file) })
	}
}

// addLines adds the bodies of a golden file and returns them.
func addLines(t *testing.T, facts *Facts, text string) (bodies []string) {
	for _, line := range strings.Split(text, "\n") {
		n := 1
		if head, rest, ok := strings.Cut(line, "× "); ok {
			fmt.Sscan(head, &n)
			line = rest
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		for range n {
			if err := facts.AddJSON([]byte(line), true, nil); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		bodies = append(bodies, line)
	}
	return bodies
}

// checkGolden decides the bodies of one file and compares the outline.
func checkGolden(t *testing.T, file string) {
	ar := must.Get(txtar.ParseFile(file))
	var ps []Body
	bodies := map[string][]string{}
	want := -1
	for i, f := range ar.Files {
		if f.Name == "want" {
			want = i
			continue
		}
		p := goldenBody(f.Name)
		bodies[p.Key] = append(bodies[p.Key], addLines(t, p.Facts, string(f.Data))...)
		ps = append(ps, p)
	}
	d := Decide(ps, Policy{})
	for i, p := range ps {
		for _, b := range bodies[p.Key] {
			if why := invalid(d, d.Schemas[i], []byte(b)); why != "" {
				t.Errorf("%s: %s: %s", p.Key, b, why)
			}
		}
	}
	got := outline(ps, d)
	for i := range ps {
		if len(d.Explain(i)) == 0 {
			t.Errorf("%s: no evidence", ps[i].Key)
		}
	}
	if *update {
		if want < 0 {
			want = len(ar.Files)
			ar.Files = append(ar.Files, txtar.File{Name: "want"})
		}
		ar.Files[want].Data = []byte(got)
		must.Do(t, os.WriteFile(file, txtar.Format(ar), 0o600))
		return
	}
	if want < 0 || string(ar.Files[want].Data) != got {
		t.Errorf("got:\n%s", got)
	}
}

// TestExplain checks that each decision has evidence.
func TestExplain(t *testing.T) {
	p := goldenBody("GET /jobs 200")
	for i := range 12 {
		body := fmt.Sprintf(`[{"id":%d,"status":%q,"at":"2024-01-02T03:04:05Z","note":null,"labels":{"a":"b"}}]`, i, []string{"open", "done"}[i%2])
		must.Do(t, p.Facts.AddJSON([]byte(body), true, nil))
	}
	d := Decide([]Body{p}, Policy{})
	var got []string
	for _, e := range d.Explain(0) {
		got = append(got, fmt.Sprintf("%s %s %s %d/%d", e.Pointer, e.Rule, e.Result, e.For, e.Against))
	}
	want := []string{"/-/at required required 12/0", "/-/at format date-time 12/0", "/-/id required required 12/0",
		"/-/labels required required 12/0", "/-/labels map map 1/0", "/-/note required required 12/0",
		"/-/note nullable nullable 12/0", "/-/status required required 12/0", "/-/status enum [done open] 12/0"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func goldenBody(name string) Body {
	p := Body{Key: name, Facts: &Facts{}}
	var path, status string
	fmt.Sscan(name, &p.Method, &path, &status)
	switch {
	case status == "request":
		p.Role = Request
	case status >= "400":
		p.Role = Error
	}
	for _, s := range strings.Split(strings.Trim(path, "/"), "/") {
		p.Item = strings.HasPrefix(s, "{")
		if !p.Item {
			p.Nouns = append([]string{s}, p.Nouns...)
		}
	}
	p.Family = strings.TrimSuffix(path, "/"+path[strings.LastIndexByte(path, '/')+1:])
	if !p.Item {
		p.Family = path
	}
	return p
}

// outline writes a decision for people: one line per component or body, "!" after required names,
// "^12" after names that all of 12 requests had, "?" after nullable types.
func outline(ps []Body, d Decision) string {
	var b strings.Builder
	for i, p := range ps {
		fmt.Fprintf(&b, "%s: %s\n", p.Key, outlineSchema(d.Schemas[i]))
	}
	for _, c := range d.Components {
		fmt.Fprintf(&b, "%s = %s\n", c.Name, outlineSchema(c.Schema))
	}
	return b.String()
}

func outlineSchema(s *Schema) string {
	if s == nil {
		return "nothing"
	}
	null := ""
	if s.Nullable {
		null = "?"
	}
	var alts []string
	switch {
	case s.Ref != "":
		return s.Ref + null
	case s.OneOf != nil:
		for _, a := range s.OneOf {
			alts = append(alts, outlineSchema(a))
		}
		out := "oneOf(" + strings.Join(alts, " | ") + ")" + null
		if s.Discriminator != nil {
			out += " by " + s.Discriminator.Property
			for _, m := range s.Discriminator.Mapping {
				out += " " + m.Value + "=" + m.Ref
			}
		}
		return out
	case s.AnyOf != nil:
		for _, a := range s.AnyOf {
			alts = append(alts, outlineSchema(a))
		}
		return "(" + strings.Join(alts, " | ") + ")" + null
	case s.Kind == 0:
		return "any" + null
	}
	for _, k := range kindNames {
		if s.Kind&k.kind != 0 {
			alts = append(alts, outlineKind(s, k.kind, k.name))
		}
	}
	return strings.Join(alts, "|") + null
}

var kindNames = []struct {
	kind Kind
	name string
}{{Boolean, "boolean"}, {Integer, "integer"}, {Number, "number"}, {String, "string"}, {Array, "array"},
	{Object, "object"}}

func outlineKind(s *Schema, kind Kind, name string) string {
	switch kind {
	case Array:
		if s.Items == nil && s.Prefix == nil {
			return "[]"
		}
		var prefix []string
		for _, p := range s.Prefix {
			prefix = append(prefix, outlineSchema(p))
		}
		if prefix != nil {
			return "[" + strings.Join(prefix, ", ") + "]"
		}
		return "[" + outlineSchema(s.Items) + "]"
	case Object:
		var props []string
		for _, p := range s.Properties {
			required := ""
			if p.Required {
				required = "!"
			} else if p.AlwaysSent > 0 {
				required = fmt.Sprint("^", p.AlwaysSent)
			}
			props = append(props, p.Name+required+": "+outlineSchema(p.Schema))
		}
		if s.Additional != nil {
			props = append(props, "*: "+outlineSchema(s.Additional))
		}
		return "{" + strings.Join(props, ", ") + "}"
	}
	if s.Format != "" {
		name += "(" + s.Format + ")"
	}
	if s.Enum != nil {
		name += fmt.Sprint(s.Enum)
	}
	if s.Description != "" {
		name += "<" + s.Description + ">"
	}
	return name
}

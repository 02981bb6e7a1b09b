package route

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/internal/test/must"
)

var update = flag.Bool("update", false, "write the templates that were decided into the golden files")

// TestGolden decides small APIs of many families. A file has a section "requests" with one request
// per line:
//
//	METHOD PATH STATUS [ANSWER] [<- REQUEST]
//
// where bodies are JSON, and a section "templates" with the methods and the template, one per line.
// "!" marks not found, "*" overflow. A section "evidence", where there is one, explains each segment.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/golden/*.txtar")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar := must.Get(txtar.ParseFile(file))
			tree := newTestTree()
			for _, e := range parseRequests(t, string(section(ar, "requests"))) {
				add(tree, e)
			}
			templates := tree.Templates(Options{})
			got := map[string]string{"evidence": explained(templates)}
			for i := range templates {
				got["templates"] += line(&templates[i])
			}
			for i, f := range ar.Files {
				want := string(f.Data)
				if f.Name == "requests" || got[f.Name] == want {
					continue
				}
				ar.Files[i].Data = []byte(got[f.Name])
				if !*update {
					t.Errorf("%s, got:\n%swant:\n%s", f.Name, got[f.Name], want)
				}
			}
			if *update {
				os.WriteFile(file, txtar.Format(ar), 0o600)
			}
		})
	}
}

// explained returns the evidence for each segment of the templates, once for each path up to it.
func explained(templates []Template) string {
	var b strings.Builder
	seen := map[string]bool{}
	for i := range templates {
		path := ""
		for _, s := range templates[i].Segments {
			path += "/" + s.String()
			if seen[path] {
				continue
			}
			seen[path] = true
			fmt.Fprintln(&b, path)
			writeEvidence(&b, s.Evidence)
			for _, c := range s.Chunks {
				if p := c.Param; p != nil {
					explainParam(&b, p)
				}
			}
		}
	}
	return b.String()
}

func explainParam(b *strings.Builder, p *Param) {
	fmt.Fprintf(b, "  {%s} %d values in %d requests", p.Name, p.Values, p.Seen)
	if p.Format != "" {
		fmt.Fprintf(b, ", each %s", p.Format)
	}
	if p.NameRule != "" {
		fmt.Fprintf(b, ", named by %s", p.NameRule)
	}
	b.WriteString("\n")
	writeEvidence(b, p.Evidence)
	for _, f := range p.Fields {
		fmt.Fprintf(b, "    in the property %s of %q: %d\n", f.Field, f.Owner, f.Seen)
	}
	for _, o := range p.Producers {
		fmt.Fprintf(b, "    from %s %s, property %s: %d\n", o.Method, o.Path, o.Field, o.Values)
	}
}

func writeEvidence(b *strings.Builder, list []Evidence) {
	for _, e := range list {
		fmt.Fprintf(b, "    %+5.1f %s", e.Weight, e.Rule)
		if e.Count > 1 {
			fmt.Fprintf(b, " (%d)", e.Count)
		}
		b.WriteString("\n")
	}
}

func section(ar *txtar.Archive, name string) []byte {
	for _, f := range ar.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

func line(x *Template) string {
	var ms []string
	for _, m := range x.Methods {
		ms = append(ms, m.Method)
	}
	s := strings.Join(ms, ",") + " " + x.String()
	for _, p := range x.Params() {
		if p.MultiSegment {
			s += " multi:" + p.Name
		}
	}
	if x.NotFound {
		s += " !"
	}
	if x.Overflow {
		s += " *"
	}
	return s + "\n"
}

func parseRequests(t *testing.T, text string) []*Exchange {
	var out []*Exchange
	for _, l := range strings.Split(text, "\n") {
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		l, request, _ := strings.Cut(l, "<-")
		f := strings.SplitN(strings.TrimSpace(l), " ", 4)
		if len(f) < 3 {
			t.Fatalf("bad request line %q", l)
		}
		status, err := strconv.Atoi(f[2])
		if err != nil {
			t.Fatalf("bad status in %q", l)
		}
		e := &Exchange{Method: f[0], Path: f[1], Status: status}
		if len(f) > 3 {
			e.HasBody = true
			v := parseJSON(t, f[3])
			e.List = isList(v)
			e.Scalars = scalars(v, "", "", 0, nil, &e.Keys)
		}
		if request != "" {
			e.Request = scalars(parseJSON(t, request), "", "", 0, nil, &e.Keys)
		}
		out = append(out, e)
	}
	return out
}

func parseJSON(t *testing.T, s string) any {
	var v any
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(fmt.Errorf("%q: %w", s, err))
	}
	return v
}

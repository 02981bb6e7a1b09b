package route

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the templates that were decided into the golden files")

// TestGolden decides small APIs of many families. A file has a section "requests" with one request
// per line:
//
//	METHOD PATH STATUS [ANSWER] [<- REQUEST]
//
// where bodies are JSON, and a section "templates" with the methods and the template, one per line.
// "!" marks not found, "*" overflow.
func TestGolden(t *testing.T) {
	files, _ := filepath.Glob("testdata/golden/*.txtar")
	if len(files) == 0 {
		t.Fatal("no golden files")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tree := newTestTree()
			for _, e := range parseRequests(t, string(section(ar, "requests"))) {
				add(tree, e)
			}
			templates := tree.Templates(Options{})
			var got bytes.Buffer
			for i := range templates {
				got.WriteString(line(&templates[i]))
			}
			want := section(ar, "templates")
			if bytes.Equal(got.Bytes(), want) {
				return
			}
			if *update {
				for i := range ar.Files {
					if ar.Files[i].Name == "templates" {
						ar.Files[i].Data = got.Bytes()
					}
				}
				os.WriteFile(file, txtar.Format(ar), 0o666)
				return
			}
			t.Errorf("got:\n%swant:\n%s", got.String(), want)
			for i := range templates {
				for _, s := range templates[i].Segments {
					if s.Evidence != nil && testing.Verbose() {
						t.Logf("%s: %s %v", &templates[i], s, s.Evidence)
					}
				}
			}
		})
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

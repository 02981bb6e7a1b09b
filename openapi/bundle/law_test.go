package bundle_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/corpustest"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// splitter divides a document of one file into several, in ways that people use.
type splitter struct {
	*rand.Rand
	files map[string]any    // values by the path of their file
	moved map[string]string // where components are now, as "file#pointer", by their reference
}

// move returns a place in a file of its own, or in one with others, under a name that needs escapes.
func (s *splitter) move(ref string, v any) {
	tokens := strings.Split(ref, "/")
	section, name := tokens[len(tokens)-2], tokens[len(tokens)-1]
	switch s.IntN(5) {
	case 0: // it stays
		return
	case 1:
		file := fmt.Sprintf("common/%s.json", section)
		in, _ := s.files[file].(map[string]any)
		if in == nil {
			in = map[string]any{"a/b ~c": map[string]any{}}
			s.files[file] = in
		}
		in["a/b ~c"].(map[string]any)[name] = v
		s.moved[ref] = file + "#/" + url.PathEscape("a~1b ~0c") + "/" + name
	case 2: // a file that only refers to another one
		file := fmt.Sprintf("%s/links/%s.json", section, name)
		s.files[file] = map[string]any{"$ref": "../of%20" + name + ".json#/x"}
		s.files[fmt.Sprintf("%s/of %s.json", section, name)] = map[string]any{"x": v}
		s.moved[ref] = file
	default:
		file := fmt.Sprintf("%s/%s.json", section, name)
		s.files[file] = v
		s.moved[ref] = file
	}
}

// relink corrects the references in a value of a file.
func (s *splitter) relink(v any, file string) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			s.relink(e, file)
		}
	case map[string]any:
		for k, e := range v {
			ref, isText := e.(string)
			if isText && (k == "$ref" || strings.HasPrefix(ref, "#/")) && strings.HasPrefix(ref, "#/") {
				v[k] = s.linked(ref, file)
			} else {
				s.relink(e, file)
			}
		}
	}
}

func (s *splitter) linked(ref, file string) string {
	tokens := strings.SplitAfterN(ref[2:], "/", 4)
	n := 3
	if tokens[0] != "components/" {
		n = 2 // version 2.0
	}
	if len(tokens) < n {
		return ref
	}
	whole := "#/" + strings.TrimSuffix(strings.Join(tokens[:n], ""), "/")
	rest := ref[len(whole):]
	to, isMoved := s.moved[whole]
	switch {
	case !isMoved && file == "openapi.json":
		return ref
	case !isMoved:
		to = "openapi.json" + whole
	case strings.HasPrefix(to, file+"#"):
		return to[len(file):] + rest
	}
	address, fragment, hasFragment := strings.Cut(to, "#")
	if rest != "" || hasFragment {
		fragment = "#" + fragment + rest
	}
	rel, _ := filepath.Rel(path.Dir(file), address)
	return strings.ReplaceAll(filepath.ToSlash(rel), " ", "%20") + fragment
}

// split returns the files of a document.
func split(doc map[string]any, seed uint64) map[string]any {
	s := &splitter{Rand: rand.New(rand.NewPCG(seed, 1)), files: map[string]any{"openapi.json": doc}, moved: map[string]string{}}
	at, sections := "#/components/", []string{"schemas", "parameters", "responses", "requestBodies", "headers", "examples", "links"}
	holder, _ := doc["components"].(map[string]any)
	if doc["swagger"] != nil {
		at, sections, holder = "#/", []string{"definitions", "parameters", "responses"}, doc
	}
	for _, section := range sections {
		in, _ := holder[section].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(in)) {
			if only, _ := in[name].(map[string]any); only["$ref"] != nil {
				continue // a chain of names would become one name
			}
			s.move(at+section+"/"+name, in[name])
			if to := s.moved[at+section+"/"+name]; to == "" {
			} else if s.IntN(2) == 0 {
				in[name] = map[string]any{"$ref": to}
			} else {
				delete(in, name)
			}
		}
	}
	paths, _ := doc["paths"].(map[string]any)
	for i, p := range slices.Sorted(maps.Keys(paths)) {
		if s.IntN(2) == 0 {
			file := fmt.Sprintf("paths/%d.json", i)
			s.files[file] = paths[p]
			paths[p] = map[string]any{"$ref": file}
		}
	}
	for file, v := range s.files {
		if _, isLink := v.(map[string]any)["$ref"].(string); !isLink || !strings.Contains(file, "/links/") {
			s.relink(v, file)
		}
	}
	if s.IntN(2) == 0 {
		s.files["paths/all.json"] = map[string]any{"paths": paths}
		for _, item := range paths {
			if m := item.(map[string]any); m["$ref"] != nil {
				m["$ref"] = strings.TrimPrefix(m["$ref"].(string), "paths/")
			} else {
				s.raise(m)
			}
		}
		doc["paths"] = map[string]any{"$ref": "paths/all.json#/paths"}
	}
	return s.files
}

// raise corrects the references of a path item that moves from the document to paths/all.json.
func (s *splitter) raise(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			s.raise(e)
		}
	case map[string]any:
		for k, e := range v {
			ref, isText := e.(string)
			switch {
			case isText && k == "$ref" && strings.HasPrefix(ref, "#"):
				v[k] = "../openapi.json" + ref
			case isText && k == "$ref":
				v[k] = "../" + ref
			default:
				s.raise(e)
			}
		}
	}
}

// comparison compares the meaning of two documents: references count as what they lead to.
type comparison struct {
	docs [2]any
	seen map[[2]string]bool // pairs of references that are being compared
}

func (c *comparison) follow(doc int, v any) (any, string) {
	ref, at := "", ""
	for range 50 {
		m, _ := v.(map[string]any)
		text, isText := m["$ref"].(string)
		if !isText || len(m) > 1 {
			break
		}
		ref, at = text, text
		v = c.at(doc, ref)
	}
	return v, at
}

func (c *comparison) at(doc int, ref string) any {
	u, err := url.Parse(ref)
	if err != nil || !strings.HasPrefix(ref, "#") {
		return "leads out: " + ref
	}
	v := c.docs[doc]
	for token := range strings.SplitSeq(strings.TrimPrefix(u.Fragment, "/"), "/") {
		v, _ = c.follow(doc, v)
		switch in := v.(type) {
		case map[string]any:
			v = in[strings.NewReplacer("~1", "/", "~0", "~").Replace(token)]
		case []any:
			var i int
			fmt.Sscan(token, &i)
			v = in[i]
		}
	}
	return v
}

// differ returns where two values differ, "" if they do not.
func (c *comparison) differ(a, b any, at string) string {
	a, fromA := c.follow(0, a)
	b, fromB := c.follow(1, b)
	if pair := [2]string{fromA, fromB}; fromA != "" && fromB != "" {
		if c.seen[pair] {
			return ""
		}
		c.seen[pair] = true
	}
	switch a := a.(type) {
	case map[string]any:
		m, _ := b.(map[string]any)
		if !slices.Equal(slices.Sorted(maps.Keys(a)), slices.Sorted(maps.Keys(m))) {
			return fmt.Sprint(at, ": keys ", slices.Sorted(maps.Keys(a)), " became ", slices.Sorted(maps.Keys(m)))
		}
		for k := range a {
			x, isText := a[k].(string)
			if k == "externalValue" || isText && strings.HasPrefix(k, "x-") { // no references
				continue
			}
			y, _ := m[k].(string)
			if isText && strings.HasPrefix(x, "#/") && strings.HasPrefix(y, "#/") {
				a, m = maps.Clone(a), maps.Clone(m)
				a[k], m[k] = c.at(0, x), c.at(1, y)
			}
			if why := c.differ(a[k], m[k], at+"/"+k); why != "" {
				return why
			}
		}
	case []any:
		list, _ := b.([]any)
		if len(list) != len(a) {
			return at + ": lists differ"
		}
		for i := range a {
			if why := c.differ(a[i], list[i], fmt.Sprint(at, "/", i)); why != "" {
				return why
			}
		}
	default:
		if a != b {
			return fmt.Sprintf("%s: %v became %v", at, a, b)
		}
	}
	return ""
}

// TestKeepsMeaning holds that a document that is split into files and bundled means what it meant:
// all but the components is equal if references are followed.
func TestKeepsMeaning(t *testing.T) {
	documents, most := map[string][]byte{}, 8
	for _, file := range []string{"all-2.0.yaml", "all-3.0.yaml", "all-3.1.yaml"} {
		text := openapitest.Must(os.ReadFile("../lint/testdata/mutants/" + file))
		documents[file] = text
	}
	if !testing.Short() {
		most = 50
		for _, name := range corpustest.Names(t) {
			if text := corpustest.Read(t, name, corpustest.Document); len(text) < 4<<20 { // larger ones take long
				documents[name] = text
			}
		}
	}
	for name, text := range documents {
		for seed := range uint64(max(1, min(most, 1_000_000/len(text)))) {
			t.Run(fmt.Sprint(name, "/", seed), func(t *testing.T) { checkMeaning(t, text, seed) })
		}
	}
}

func checkMeaning(t *testing.T, text []byte, seed uint64) {
	whole := openapitest.Must(openapi.Parse(text))
	again, _ := openapi.Parse(text)
	files := split(again.(map[string]any), seed)
	read := func(name string) []byte {
		data, err := json.Marshal(files[name])
		if err != nil || files[name] == nil {
			t.Fatalf("no file %s: %v", name, err)
		}
		return data
	}
	dir := t.TempDir()
	for name := range files {
		file := filepath.Join(dir, name)
		must.Do(t, os.MkdirAll(filepath.Dir(file), 0o700))
		must.Do(t, os.WriteFile(file, read(name), 0o600))
	}
	r := document(t, filepath.Join(dir, "openapi.json"))
	for _, p := range r.Problems {
		t.Fatal(p)
	}
	out := openapitest.Must(openapi.Parse(r.Text))
	c := &comparison{docs: [2]any{whole, out}, seen: map[[2]string]bool{}}
	a, b := maps.Clone(whole.(map[string]any)), maps.Clone(out.(map[string]any))
	for _, key := range []string{"components", "definitions", "parameters", "responses"} {
		delete(a, key)
		delete(b, key)
	}
	if why := c.differ(a, b, ""); why != "" {
		t.Error(why)
	}
	if _, err := openapi.Load(text); err == nil {
		if _, err := openapi.Load(r.Text); err != nil {
			t.Errorf("it does not load any more: %v", err)
		}
	}
}

package lint_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
)

// mutant is a document with one mistake.
type mutant struct {
	name string // of the document, the mutation and the place
	text []byte
}

var mutantsPerKind = flag.Int("mutants-per-kind", 1, "places at which a mutation is made in a document")

// demoEvery is the share of the mutations that are made in the large documents of the sample API.
const demoEvery = 10

// mutants returns documents with one mistake each: the mutations of mutations_test.go, each at a
// few places, chosen by a fixed seed, of the documents in testdata/mutants.
func mutants(t *testing.T) []mutant {
	t.Helper()
	if made != nil {
		return made
	}
	files, err := filepath.Glob("testdata/mutants/all-*.yaml")
	if err != nil || len(files) != 3 {
		t.Fatalf("documents %q: %v", files, err)
	}
	demos, err := filepath.Glob("testdata/mutants/demo-*.json")
	if err != nil || len(demos) != 2 {
		t.Fatalf("documents %q: %v", demos, err)
	}
	var out []mutant
	seen := map[string]bool{}
	for _, file := range append(files, demos...) {
		base := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		isDemo := strings.HasPrefix(base, "demo")
		original := parseDocument(t, file)
		for k, m := range mutations {
			if isDemo && k%demoEvery != 0 {
				continue
			}
			r := rand.New(rand.NewPCG(13, uint64(k)))
			n := len(m.places(original))
			for _, i := range r.Perm(n)[:min(n, *mutantsPerKind)] {
				doc := clone(original).(map[string]any) // which the mutation changes
				place := m.places(doc)[i]
				if !m.change(place.at()) {
					continue
				}
				text := openapitest.Must(json.Marshal(doc))
				if !seen[string(text)] {
					seen[string(text)] = true
					out = append(out, mutant{fmt.Sprintf("%s %s %s", base, m.name, place.pointer), text})
				}
			}
		}
	}
	made = out
	return out
}

// made are the mutants, which several tests read.
var made []mutant

func parseDocument(t *testing.T, file string) map[string]any {
	t.Helper()
	text := openapitest.Must(os.ReadFile(file))
	v, err := openapi.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v.(map[string]any)
}

// clone copies a value of JSON.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, w := range v {
			out[k] = clone(w)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, w := range v {
			out[i] = clone(w)
		}
		return out
	}
	return v
}

// place is a value in a document, which is the member of an object or the element of a list.
type place struct {
	pointer string
	in      any
	key     string
}

// at returns the value, and a function that replaces it.
func (p place) at() (v any, put func(any)) {
	switch in := p.in.(type) {
	case map[string]any:
		return in[p.key], func(v any) { in[p.key] = v }
	case []any:
		i, _ := strconv.Atoi(p.key)
		return in[i], func(v any) { in[i] = v }
	}
	return p.in, func(any) {}
}

// mutation is a kind of mistake.
type mutation struct {
	name   string
	where  string                               // patterns, see find
	change func(v any, put func(any)) (ok bool) // changes the value at a place
}

func (m mutation) places(doc map[string]any) []place {
	var out []place
	for _, pattern := range strings.Fields(m.where) {
		out = append(out, find(place{"", doc, ""}, doc, strings.Split(pattern, "/"))...)
	}
	return out
}

// find returns the places below v that a pattern matches: * any key or index, @ a method, ** the
// schemas within a schema at any depth, with itself.
func find(p place, v any, pattern []string) []place {
	if len(pattern) == 0 || pattern[0] == "." {
		return []place{p}
	}
	key, rest := pattern[0], pattern[1:]
	if key == "**" {
		var out []place
		for _, s := range schemasIn(p, v) {
			w, _ := s.at()
			out = append(out, find(s, w, rest)...)
		}
		return out
	}
	var out []place
	each := func(k string, child any) {
		if k == key || key == "*" || key == "@" && openapi.IsOperationKey(k) {
			out = append(out, find(place{p.pointer + jsonvalue.Pointer(k), v, k}, child, rest)...)
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			each(k, v[k])
		}
	case []any:
		for i, child := range v {
			each(strconv.Itoa(i), child)
		}
	}
	return out
}

// schemasIn returns the schema at p and those within it.
func schemasIn(p place, v any) []place {
	m, ok := v.(map[string]any)
	if !ok || m["$ref"] != nil {
		return nil
	}
	out := []place{p}
	for _, pattern := range []string{"properties/*", "items", "additionalProperties", "allOf/*", "anyOf/*", "oneOf/*", "not", "prefixItems/*", "if"} {
		for _, c := range find(p, v, strings.Split(pattern, "/")) {
			child, _ := c.at()
			out = append(out, schemasIn(c, child)...)
		}
	}
	return out
}

var writeMutants = flag.String("write-mutants", "", "write the mutants to this directory, for other validators")

func TestWriteMutants(t *testing.T) {
	if *writeMutants == "" {
		t.Skip("no -write-mutants DIR")
	}
	for i, m := range append(mutants(t), originals(t)...) {
		must.Do(t, os.WriteFile(filepath.Join(*writeMutants, fmt.Sprintf("%04d.json", i)), m.text, 0o600))
	}
}

// originals returns the documents that mutants are made of.
func originals(t *testing.T) []mutant {
	t.Helper()
	var out []mutant
	files, err := filepath.Glob("testdata/mutants/*-*")
	if err != nil || len(files) != 5 {
		t.Fatalf("documents %q: %v", files, err)
	}
	for _, file := range files {
		text := openapitest.Must(json.Marshal(parseDocument(t, file)))
		out = append(out, mutant{strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)), text})
	}
	return out
}

package lint_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/lint"
)

// official judges documents by the specification's own schemas.
type official map[string]*jsonschema.Schema // by version

func compileOfficial(t *testing.T) official {
	t.Helper()
	out := official{}
	read := func(name string) any {
		text := openapitest.Must(os.ReadFile(filepath.Join("testdata/official", name+".json")))
		v := openapitest.Must(jsonschema.UnmarshalJSON(bytes.NewReader(text)))
		return v
	}
	for _, version := range []string{"2.0", "3.0", "3.1"} {
		c := jsonschema.NewCompiler()
		v := read(version)
		id, _ := v.(map[string]any)["$id"].(string)
		if id == "" {
			id = "https://schemas.invalid/" + version
			delete(v.(map[string]any), "id")
		}
		add := func(url string, v any) {
			must.Do(t, c.AddResource(url, v))
		}
		add(id, v)
		if version == "3.1" {
			// Schemas are JSON Schema with the keywords of OpenAPI; the document's schema leaves
			// that open.
			add("https://spec.openapis.org/oas/3.1/meta/base", read("3.1-meta"))
			v, err := jsonschema.UnmarshalJSON(strings.NewReader(`{"$id": "https://schemas.invalid/3.1", "$ref": "` + id + `",
				"$defs": {"schema": {"$dynamicAnchor": "meta", "allOf": [{"$ref": "https://json-schema.org/draft/2020-12/schema"}, {"$ref": "https://spec.openapis.org/oas/3.1/meta/base"}]}}}`))
			if err != nil {
				t.Fatal(err)
			}
			id = "https://schemas.invalid/3.1"
			add(id, v)
		}
		s := openapitest.Must(c.Compile(id))
		out[version] = s
	}
	return out
}

// refuses returns why a document is invalid, nil if it is valid. A document of an unknown version
// is judged as 3.0.
func (o official) refuses(t *testing.T, text []byte) error {
	t.Helper()
	version, err := openapi.VersionOf(text)
	if err != nil || o[version] == nil {
		version = "3.0"
	}
	v := openapitest.Must(jsonschema.UnmarshalJSON(bytes.NewReader(text)))
	return o[version].Validate(v)
}

// ours returns what validate reports of a document.
func ours(text []byte) []string {
	if out, ok := judged[string(text)]; ok {
		return out
	}
	r, err := lint.Check(context.Background(), text, lint.Config{ErrorsOnly: true})
	if err != nil {
		return []string{"unreadable: " + err.Error()}
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Rule+" "+f.Pointer+": "+f.Message)
	}
	judged[string(text)] = out
	return out
}

// judged holds the results of ours, which two tests need.
var judged = map[string][]string{}

var show = flag.Bool("show-mutants", false, "print each mutant and what validate says of it")

func TestMutants(t *testing.T) {
	judge := compileOfficial(t)
	all := mutants(t)
	refused, byUs, both := 0, 0, 0
	for i, m := range all {
		if testing.Short() && i%11 != 0 {
			continue
		}
		theirs, found := judge.refuses(t, m.text), ours(m.text)
		if *show {
			t.Logf("%t %d %s\n    %s", theirs != nil, len(found), m.name, strings.Join(found, "\n    "))
		}
		if theirs != nil {
			refused++
		}
		if len(found) > 0 {
			byUs++
		}
		if theirs != nil && len(found) > 0 {
			both++
		}
		if theirs != nil && len(found) == 0 {
			t.Errorf("%s\n    %s", m.name, strings.ReplaceAll(theirs.Error(), "\n", "\n    "))
		}
	}
	t.Logf("%d mutants; the schemas refuse %d, of which validate refuses %d; validate refuses %d", len(all), refused, both, byUs)
}

// The documents that mutants are made of are valid.
func TestMutantsStartValid(t *testing.T) {
	judge := compileOfficial(t)
	for _, m := range originals(t) {
		if err := judge.refuses(t, m.text); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if found := ours(m.text); len(found) > 0 {
			t.Errorf("%s: %q", m.name, found)
		}
	}
}

// known are mutants that another validator refuses and validate does not, with the reason.
var known = map[string]string{
	"all-2.0 set type of components/schemas/*/**": "2.0 takes type from JSON Schema, where it may be a list; the specification's schema agrees",
}

// TestOtherValidators compares validate with Redocly and swagger-parser, whose verdicts
// validators/run.sh writes.
func TestOtherValidators(t *testing.T) {
	if testing.Short() {
		t.Skip("checks thousands of documents")
	}
	text := openapitest.Must(os.ReadFile("testdata/mutants/verdicts.txt"))
	validators := []string{"Redocly", "swagger-parser"}
	verdicts := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		verdicts[f[0]] = f[1:]
	}
	verdictsOf := func(m mutant) []string {
		sum := sha256.Sum256(m.text)
		v := verdicts[hex.EncodeToString(sum[:6])]
		if len(v) != len(validators) {
			t.Fatalf("%s has no verdicts: run openapi/lint/validators/run.sh", m.name)
		}
		return v
	}
	refusesOriginal := map[[2]string]bool{} // document, validator: its verdicts on mutants say nothing
	for _, m := range originals(t) {
		for i, v := range verdictsOf(m) {
			refusesOriginal[[2]string{m.name, validators[i]}] = v == "refused"
		}
	}
	count, listed, usedKnown := map[string]int{}, 0, map[string]bool{}
	for _, m := range mutants(t) {
		document, _, _ := strings.Cut(m.name, " ")
		byOther := ""
		for i, v := range verdictsOf(m) {
			if v == "refused" && !refusesOriginal[[2]string{document, validators[i]}] {
				count[validators[i]]++
				byOther = validators[i]
			}
		}
		if byOther == "" || len(ours(m.text)) > 0 {
			continue
		}
		mutation := m.name[:strings.LastIndex(m.name, " ")]
		if known[mutation] == "" {
			t.Errorf("%s refuses %s", byOther, m.name)
		}
		usedKnown[mutation], listed = true, listed+1
	}
	for k := range known {
		if !usedKnown[k] {
			t.Errorf("no known difference: %s", k)
		}
	}
	t.Logf("refused: %v; known differences: %d", count, listed)
}

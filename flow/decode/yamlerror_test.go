package decode_test

import (
	"strings"
	"testing"

	yaml "github.com/oasdiff/yaml3"

	"github.com/spectap/spectap/flow/decode"
)

type contents struct {
	A    int
	B    []string
	C    map[string]int
	D, E inner
	F    float64
	H    bool
	I    string
	J    uint8
}

type inner struct{ G bool }

// TestYAMLError checks the lines of mistakes.
func TestYAMLError(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"a list that is not closed", "a: 1\nb: 2\nc: [1,\nd: 2\n", "line 3 or below: did not find expected ',' or ']'"},
		{"a mapping that is not closed", "a: 1\nb: 2\nc:\n  d: {e: 1\n", "line 4: did not find expected ',' or '}'"},
		{"the end of the text", "a: [", "line 1: did not find expected node content"},
		{"the end after a line break", "a: 1\nb: [\n", "line 2: did not find expected node content"},
		{"an indentation", "a:\n  - b: 1\n   c: 2\n", "line 2 or below: did not find expected '-' indicator"},
		{"a key", "a: 1\nb:\n    c: 1\n   d: 2\n", "line 4: did not find expected key"},
		{"a tab", "a: 1\nb:\n\tc: 1\n", "line 3: found character that cannot start any token"},
		{"a value", "a: 1\nb: c: d\n", "line 2: mapping values are not allowed in this context"},
		{"a type", "a: x\n", "line 1: must be a whole number, not x"},
		{"a text for a number", "f: x\n", "line 1: must be a number, not x"},
		{"a text for a truth value", "h: x\n", "line 1: must be true or false, not x"},
		{"a list for a text", "i: [x]\n", "line 1: must be text, not a list"},
		{"a mapping for a number", "j: {a: 1}\n", "line 1: must be a whole number, not a mapping"},
		{"several", "a: x\nk: z\nf: y\n", "line 1: must be a whole number, not x; line 2: there is no key k; line 3: must be a number, not y"},
		{"a list for a type", "a: []\n", "line 1: must be a whole number, not a list"},
		{"a type for a list", "b: 7\n", "line 1: must be a list, not 7"},
		{"a type for a mapping", "c: [1]\n", "line 1: must be a mapping, not a list"},
		{"a type for a structure", "d: {}\ne: yes it is\n", "line 2: must be a mapping, not yes it is"},
		{"a key with blanks that is unknown", "no such key: 1\n", "line 1: there is no key no such key"},
		{"a key that is unknown", "d: {f: 1}\n", "line 1: there is no key f"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v contents
			d := yaml.NewDecoder(strings.NewReader(tt.in))
			d.KnownFields(true)
			err := d.Decode(&v)
			if err == nil {
				t.Fatal("no error")
			}
			if got := decode.YAMLError(err, []byte(tt.in)).Error(); got != tt.want {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, tt.want)
			}
		})
	}
}

// TestYAMLFile reads texts of one document into a value.
func TestYAMLFile(t *testing.T) {
	const hasTwo = "another document begins; keep one, and remove what follows its end (--- or ...)"
	for _, tt := range []struct{ name, in, err string }{
		{"nothing", "", ""},
		{"a comment", "# a\n", ""},
		{"one", "a: 1\n", ""},
		{"one with its marks", "%YAML 1.1\n---\na: 1\n...\n# end\n", ""},
		{"JSON", `{"a": 1}`, ""},
		{"an unknown key", "a: 1\nx: 2\n", "line 2: there is no key x"},
		{"a second one", "a: 1\n---\nb: [x]\n", "line 2: " + hasTwo},
		{"a second one that is empty", "a: 1\n---\n", "line 2: " + hasTwo},
		{"an empty one before", "---\n---\na: 1\n", "line 2: " + hasTwo},
		{"a second one with a mistake", "a: 1\n---\nb: [x\n", "line 3: did not find expected ',' or ']'"},
		{"JSON twice", `{"a": 1} {"a": 2}`, "line 1: did not find expected <document start>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var v contents
			got := ""
			if err := decode.YAMLFile([]byte(tt.in), &v); err != nil {
				got = err.Error()
			}
			if got != tt.err {
				t.Errorf("got  %q\nwant %q", got, tt.err)
			}
			if want := strings.Contains(tt.in, "a\": 1") || strings.Contains(tt.in, "a: 1"); got == "" && (v.A == 1) != want {
				t.Errorf("read as %+v", v)
			}
			if err := decode.OneDocument([]byte(tt.in)); (err != nil) != (got != "" && tt.name != "an unknown key") {
				t.Errorf("OneDocument: %v", err)
			}
		})
	}
}

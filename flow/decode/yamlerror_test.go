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

package schema

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzScan checks that scanTokens and jsontext give the same tokens, and that scanTokens rejects
// what jsontext rejects.
func FuzzScan(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,null,{"b":"c"}],"type":"x"}`, ` [ ] `, `{ }`, `"x"`,
		`{"a":{"a":{}}}`, `[1,[2,[3]]]`, `{"\u0061":"\ud800","a\n":1}`,
		`[-0,0.5e+10,1E3,-1.25e-2]`, `01`, `1.`, `-`, `1e`, `[1,]`, `{"a":1,}`, `{"a" : tru}`, `{,}`, `{"a"}`,
		`[}`, "\"\x01\"", "\"\x7f\xff\xc3\"", `"\x"`, `"\u12g4"`, `"abcdefgh\\ijklmnop\"q"`,
		"[\"\u00e4\u00f6\u00fc\u00df1234567\"]", `1 2`, ``, ` `, `{"a":1}}`, `nul`, `[true,false,null]`,
		strings.Repeat("[", 1200) + strings.Repeat("]", 1200)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var d jsontext.Decoder
		d.Reset(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
		want, open, err := decodeTokens(&d, data, nil, nil)
		valid := err == io.EOF && len(open) == 0 && len(want) > 0
		got, open, ok := scanTokens(data, nil, nil)
		switch {
		case ok && !valid:
			t.Fatalf("%q was scanned, but jsontext fails: %v", data, err)
		case ok && (len(open) > 0 || !slices.Equal(got, want)):
			t.Fatalf("%q was scanned as %v, jsontext gives %v", data, got, want)
		case valid && !ok && strings.Count(string(data), "[")+strings.Count(string(data), "{") < maxScanDepth:
			t.Fatalf("%q was not scanned", data)
		}
	})
}

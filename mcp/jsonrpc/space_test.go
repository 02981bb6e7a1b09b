package jsonrpc

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// spaceCases are texts, and whether withoutSpace accepts them.
var spaceCases = map[string]bool{
	`{}`:                                true,
	`{"a":1,"b":[true,false,null,"x"]}`: true,
	" {\"a\" : 1 ,\n\t\"b\":\r[ 1 , 2 ] } \n":         true,
	`{"a":{"a":{"a":1}},"b":{"a":1}}`:                 true, // the same name in other objects
	`{"a":-0,"b":1.50,"c":1e400,"d":-1.0E+2}`:         true,
	`{"a":"\"\\\/\b\f\n\r\t","b":"é😀"}`:               true,
	`{"a_b":1,"a-b":2,"a.b":3,"@":4,"` + "`" + `":5}`: true, // @ and ` differ by the bit of case
	`{"a":0,"b":[9,0]}`:                               true,
	`{"a":1,"a":2}`:                                   false,
	`{"a":1,"a":","b":2}`:                             false,
	`{"name":1,"x":{},"NAME":2}`:                      false,
	`{"a":{"b":1,"B":2}}`:                             false,
	`{"k":1,"` + "\u212a" + `":2}`:                    false, // the sign of kelvin, which folds to k
	`{"\u0061":1}`:                                    true,
	`{"\u0061":1,"A":2}`:                              false,
	`{"a":"\u003c\u00E9\ufffd\ud83d\uDE00x"}`:         true,
	`{"a":"\ud800"}`:                                  false,
	`{"a":"\udc00"}`:                                  false,
	`{"a":"\udc00\ud800"}`:                            false,
	`{"a":"\ud800\ud800"}`:                            false,
	`{"a":"\ud800\u0041"}`:                            false,
	`{"a":"\ud800x"}`:                                 false,
	`{"a":"\ud800\n"}`:                                false,
	`{"a":"\ud800\`:                                   false,
	`{"a":"\u00g0"}`:                                  false,
	`{"a":"\u003"}`:                                   false,
	`{"a":"\u00`:                                      false,
	`{"a":"\u1"}`:                                     false,
	`{"a":"\u"}`:                                      false,
	`{"a":"\x"}`:                                      false,
	`{"a":01}`:                                        false,
	`{"a":1.}`:                                        false,
	`{"a":.5}`:                                        false,
	`{"a":+1}`:                                        false,
	`{"a":-}`:                                         false,
	`{"a":1e}`:                                        false,
	`{"a":nul}`:                                       false,
	`{"a":1,}`:                                        false,
	`{"a":[1,]}`:                                      false,
	`{"a":1}}`:                                        false,
	`{"a":1} {}`:                                      false,
	`{"a" 1}`:                                         false,
	`{"a":1`:                                          false,
	`{"a":"`:                                          false,
	`{"a":"x` + "\x01" + `"}`:                         false,
	`{"a":"x` + "\xff" + `"}`:                         false,
	`{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`: true,
}

func TestWithoutSpace(t *testing.T) {
	for text, want := range spaceCases {
		if ok := isWithoutSpace(t, []byte(text)); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
	}
	var many []string
	for i := range 2 * maxFew {
		many = append(many, `"`+strings.Repeat("m", i+1)+`":1`)
	}
	object := "{" + strings.Join(many, ",") + "}"
	if !isWithoutSpace(t, []byte(`{"a":`+object+`,"b":`+object+`}`)) {
		t.Error("the names of one object refuse another one")
	}
	for _, name := range []string{"M", strings.Repeat("M", maxFew), strings.Repeat("M", 2*maxFew)} {
		if isWithoutSpace(t, []byte(strings.TrimSuffix(object, "}")+`,"`+name+`":2}`)) {
			t.Errorf("%s is accepted twice", name)
		}
	}
}

// isWithoutSpace reports whether withoutSpace accepts a text. It fails unless the result of one
// that it accepts is the text as another encoder compacts it, whose names a strict decoder accepts.
func isWithoutSpace(t *testing.T, data []byte) bool {
	t.Helper()
	before := bytes.Clone(data)
	got, bad := withoutSpace(data)
	if !bytes.Equal(before, data) {
		t.Fatalf("withoutSpace changed %q", before)
	}
	if bad != nil {
		return false
	}
	var want bytes.Buffer
	if err := json.Compact(&want, data); err != nil || want.String() != string(got) {
		t.Fatalf("%q: %q, want %q: %v", data, got, want.String(), err)
	}
	if !jsontext.Value(got).IsValid() {
		t.Fatalf("%q is accepted, and not valid", data)
	}
	return true
}

// FuzzWithoutSpace looks for messages that withoutSpace accepts and others refuse, or write
// otherwise.
func FuzzWithoutSpace(f *testing.F) {
	for text := range spaceCases {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '{' {
			isWithoutSpace(t, data)
		}
	})
}

package jsonrpc

import (
	"bytes"
	"strings"
	"testing"
)

// compactCases are messages, and whether compact reads them.
var compactCases = map[string]bool{
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
	`{"\u0061":1}`:                                    false,
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
	`{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`: false,
}

func TestCompact(t *testing.T) {
	for text, want := range compactCases {
		if _, ok := compact([]byte(text)); ok != want {
			t.Errorf("%s: %v", text, ok)
		}
		sameAsSlow(t, []byte(text))
	}
	var many strings.Builder
	for i := range compactNames + 1 {
		many.WriteString(`,"m` + strings.Repeat("x", i) + `":{}`)
	}
	sameAsSlow(t, []byte("{"+many.String()[1:]+"}"))
}

// sameAsSlow fails unless what compact accepts is what reencode makes of it.
func sameAsSlow(t *testing.T, data []byte) {
	t.Helper()
	before := bytes.Clone(data)
	got, ok := compact(data)
	if !bytes.Equal(before, data) {
		t.Fatalf("compact changed %q", before)
	}
	if !ok {
		return
	}
	want, bad := reencode(bytes.TrimSpace(data))
	if bad != nil {
		t.Fatalf("%q: compact accepts what is refused: %v", data, bad)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("%q: %q, want %q", data, got, want)
	}
}

// FuzzCompact looks for messages that compact accepts and reencode refuses, or writes otherwise.
func FuzzCompact(f *testing.F) {
	for text := range compactCases {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '{' {
			sameAsSlow(t, data)
		}
	})
}

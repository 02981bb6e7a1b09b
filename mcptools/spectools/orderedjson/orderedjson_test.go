package orderedjson

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/guard"
)

// FuzzDecode reads anything without a panic. A value that it reads is the same after it was written
// and read again.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{"b":1,"a":[1.0,null,"\u00e9\n",true],"b2":{}}`, `{"a":1,"a":2}`, `[[[[`, `1e999999`, `"\ud800"`, `{} {}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Decode(data)
		if err != nil {
			return
		}
		out := Encode(v)
		second, err := Decode(out)
		if err != nil || guard.DigestOf(Plain(second)) != guard.DigestOf(Plain(v)) || !bytes.Equal(Encode(second), out) {
			t.Errorf("%q became %q: %v", data, out, err)
		}
	})
}

package orderedjson

import (
	"bytes"
	"testing"

	"github.com/spectap/spectap/guard"
)

// TestOrder keeps the order of members, and the digits of numbers, through changes.
func TestOrder(t *testing.T) {
	v, err := Decode([]byte(`{"b":1.0,"a":[9007199254740993],"c":null}`))
	if err != nil {
		t.Fatal(err)
	}
	o := v.(*Object)
	o.Set("b", "x")
	o.Set("d", true)
	o.Delete("c")
	o.Delete("missing")
	o.Set("<e>", "a&b<c>")
	if got := string(Encode(o)); got != `{"b":"x","a":[9007199254740993],"d":true,"<e>":"a&b<c>"}` {
		t.Error(got)
	}
}

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

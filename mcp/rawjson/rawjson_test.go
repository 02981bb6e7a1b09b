package rawjson

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzSplit splits objects and lists: together again, they are the text, each value as it was written.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, `{"a":1.50,"b":"\u00e9\/","c":{"x":[1E+400,null]},"":[]}`, `[1.0,"a",{"b":2},[],-0]`, `{"a\"b":1,"<é\n>":2}`, `{"a":1`, `[1,`, `{"a":1}x`, `"a"`, ` "a" `, `"\u00e9\n"`, `"é"`, `null`, ``,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := jsontext.Value(text)
		if !v.IsValid() {
			return // it was parsed strictly before
		}
		var want string
		if json.Unmarshal(v, &want) != nil {
			want = ""
		}
		if got := String(v); got != want {
			t.Fatalf("String %q: %q, want %q", text, got, want)
		}
		members, err := Split(v)
		if (err == nil) != (v.Kind() == '{') {
			t.Fatalf("Split %s: %v", text, err)
		} else if err == nil {
			again, err := Split(Join(members))
			if err != nil || !slices.EqualFunc(members, again, equalMember) {
				t.Fatalf("%s: joined and split again: %v, %v", text, again, err)
			}
		}
		elements, err := Elements(v)
		if (err == nil) != (v.Kind() == '[') {
			t.Fatalf("Elements %s: %v", text, err)
		} else if err == nil {
			again, err := Elements(Array(elements))
			if err != nil || !slices.EqualFunc(elements, again, func(a, b jsontext.Value) bool { return string(a) == string(b) }) {
				t.Fatalf("%s: joined and split again: %v, %v", text, again, err)
			}
		}
	})
}

func equalMember(a, b Member) bool { return a.Name == b.Name && string(a.Value) == string(b.Value) }

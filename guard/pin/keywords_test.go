package pin

import (
	"strings"
	"testing"
)

// weights returns the weights of lines of [compare].
func weights(lines string) string {
	var all []string
	for line := range strings.Lines(lines) {
		weight, _, _ := strings.Cut(line, ": ")
		weight, _, _ = strings.Cut(weight, " /")
		all = append(all, weight)
	}
	return strings.Join(all, ", ")
}

// What a tool promises of itself, and what an absent annotation means.
func TestAnnotationsAreWeakened(t *testing.T) {
	for _, tt := range []struct{ old, now, want string }{
		{`"readOnlyHint":true`, `"readOnlyHint":false`, "annotation weakened"},
		{`"readOnlyHint":true`, ``, "annotation weakened"},
		{`"readOnlyHint":true`, `"readOnlyHint":"true"`, "annotation weakened"},
		{`"readOnlyHint":false`, `"readOnlyHint":true`, "other"},
		{``, `"readOnlyHint":true`, "other"},
		{``, `"readOnlyHint":false`, "other"},
		{`"destructiveHint":false`, ``, "annotation weakened"},
		{`"destructiveHint":false`, `"destructiveHint":true`, "annotation weakened"},
		{`"destructiveHint":true`, `"destructiveHint":false`, "other"},
		{``, `"destructiveHint":true`, "other"},
		{`"idempotentHint":true`, `"idempotentHint":false`, "annotation weakened"},
		{`"openWorldHint":false`, `"openWorldHint":true`, "annotation weakened"},
		{`"title":"T"`, `"title":"U"`, "text"},
		{`"x":[1,{"y":"a"}]`, `"x":[1,{"y":"b"}]`, "text"},
		{`"x":[1,2]`, `"x":[1,3]`, "other"},
		{`"x":[1]`, `"x":[1,2]`, "other"},
		{`"x":[1]`, `"x":{"a":1}`, "other"},
		{`"x":1`, `"x":1`, ""},
	} {
		definition := func(annotations string) string { return `{"name":"send_mail","annotations":{` + annotations + `}}` }
		if got := weights(compare(t, Tool, definition(tt.old), definition(tt.now))); got != tt.want {
			t.Errorf("%s to %s: %q, want %q", tt.old, tt.now, got, tt.want)
		}
	}
	lines := compare(t, Tool, `{"name":"send_mail","x":["a","b"]}`, `{"name":"send_mail","x":["a","c"]}`)
	if !strings.HasPrefix(lines, "text /x/1: ") || strings.Count(lines, "\n") != 1 {
		t.Errorf("a change within a list is\n%s", lines)
	}
}

// A definition is what it says, however it is written; fractions count as they are written.
func TestHashOfNumbers(t *testing.T) {
	seen := map[string]string{}
	for _, text := range []string{`{"n":0.1}`, `{"n":0.10000000000000000001}`, `{"n":0.1000000000000000055}`, `{"n":1e400}`, `{"n":2e400}`} {
		h, err := Hash([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", text, other)
		}
		seen[h] = text
	}
	a, err := Hash([]byte(`{"b":1,"a":[]}`))
	if b, err2 := Hash([]byte("{ \"a\" : [ ] ,\n \"b\":1}")); err != nil || err2 != nil || a != b {
		t.Errorf("%v %v: blanks and order make another hash", err, err2)
	}
	if _, err := Hash([]byte(`{"a":`)); err == nil {
		t.Error("half a definition has a hash")
	}
}

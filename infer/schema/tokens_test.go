package schema

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// TestBrokenBodies checks the facts of bodies that are not one JSON value. An error has a position,
// but no text of the body, and adds nothing. Of a truncated body, the part before the cut counts.
func TestBrokenBodies(t *testing.T) {
	for _, tt := range []struct{ name, body, whole, truncated string }{
		{"a value", `{"a":1}`, "{a: integer}", "{a: integer}"},
		{"blanks around it", " {\"a\":1}\r\n\t", "{a: integer}", "{a: integer}"},
		{"nothing", ``, "read JSON: unexpected EOF", "nothing"},
		{"blanks", ` `, "read JSON: unexpected EOF", "nothing"},
		{"two values", `{"a":1} {"b":2}`, "read JSON: more than one value", "read JSON: more than one value"},
		{"a value and a bracket", `{"a":1}}`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"an object without its end", `{"a":1`, "read JSON: syntax error at byte 6", "{}"},
		{"after a comma", `{"a":1,`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"a name without a value", `{"a":1,"b"`, "read JSON: syntax error at byte 10", "{a: integer}"},
		{"a name and a colon", `{"a":1,"b":`, "read JSON: syntax error at byte 11", "{a: integer}"},
		{"half a name", `{"a":1,"b`, "read JSON: syntax error at byte 9", "{a: integer}"},
		{"half a string", `{"a":1,"b":"c`, "read JSON: syntax error at byte 13", "{a: integer}"},
		{"half a literal", `{"a":1,"b":tru`, "read JSON: syntax error at byte 14", "{a: integer}"},
		{"half a number, perhaps", `{"a":1,"b":12`, "read JSON: syntax error at byte 13", "{a: integer}"},
		{"a list without its end", `{"a":[1,{"b":true`, "read JSON: syntax error at byte 17", "{a: [(integer | {b: boolean})]}"},
		{"no JSON", `{"a":1,secret}`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"a trailing comma", `{"a":1,}`, "read JSON: syntax error at byte 6", "{a: integer}"},
		{"no comma", `{"a":1 "b":2}`, "read JSON: syntax error at byte 7", "{a: integer}"},
		{"a control character", "{\"a\":1,\"b\":\"\x01\"}", "read JSON: syntax error at byte 12", "{a: integer}"},
		{"a number only", `17`, "integer", "integer"},
		{"a string only", `"x"`, "string", "string"},
		{"escapes in a name", `{"\u0061\"b":1}`, `{a"b: integer}`, `{a"b: integer}`},
		{"escapes after a string without", `{"x":"y","\u0061":"\n"}`, "{a: string, x: string}", "{a: string, x: string}"},
		{"a name twice", `{"a":1,"a":"x"}`, "{a: integer|string}", "{a: integer|string}"},
		{"bytes that are no UTF-8", "{\"a\xff\":1}", "{a\ufffd: integer}", "{a\ufffd: integer}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for whole, want := range map[bool]string{true: tt.whole, false: tt.truncated} {
				var f Facts
				got := "nothing"
				if err := f.AddJSON([]byte(tt.body), whole, nil); err != nil {
					got = err.Error()
					if f.Exchanges() != 0 {
						t.Errorf("%d exchanges of a body with an error", f.Exchanges())
					}
				} else if s := Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true}).Schemas[0]; s != nil {
					got = outlineSchema(s)
				}
				if got != want {
					t.Errorf("whole %t: got %s, want %s", whole, got, want)
				}
			}
		})
	}
	if err := new(Facts).AddJSON([]byte(`{"a":`), true, nil); err == nil || errors.Unwrap(err) == nil {
		t.Errorf("%v does not wrap its cause", err)
	}
}

// TestReaderIsReused checks that a reader leaves nothing of one body to the next, also of a large
// one.
func TestReaderIsReused(t *testing.T) {
	var r Reader
	large := "[" + strings.Repeat(`{"a":1},`, maxRetainedTokens) + `{"b":"\n"}]`
	for _, tt := range []struct{ body, want string }{
		{`{"c":[1,2,{"d":null}]}`, "{c: [(integer | {d: any?})]}"},
		{large, "[{a: integer, b: string}]"},
		{`{"e":"x"}`, "{e: string}"},
	} {
		var f Facts
		must.Do(t, r.AddJSON(&f, []byte(tt.body), true, nil))
		if cap(r.tokens) > maxRetainedTokens {
			t.Errorf("%d tokens are kept", cap(r.tokens))
		}
		if got := outlineSchema(Decide([]Body{{Key: "k", Facts: &f}}, Policy{Inline: true}).Schemas[0]); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

// TestCodecLimits checks that facts at their limits can be read again.
func TestCodecLimits(t *testing.T) {
	tags := make([]string, maxTags)
	for i := range tags {
		tags[i] = fmt.Sprintf(`{"type":"event_%c","x":%d}`, 'a'+i, i)
	}
	var words []string
	for i := range maxValues {
		words = append(words, fmt.Sprintf(`"word_%c%c"`, 'a'+i%26, 'a'+i/26))
	}
	for name, body := range map[string]string{
		"tags":           "[" + strings.Join(tags, ",") + "]",
		"one more tag":   "[" + strings.Join(tags, ",") + `,{"type":"other","x":1}]`,
		"values":         "[" + strings.Join(words, ",") + "]",
		"one more value": "[" + strings.Join(words, ",") + `,"other"]`,
		"properties":     members(maxProperties, "of_%c%cx", "1"),
		"depth":          strings.Repeat(`{"a":[`, maxDepth) + strings.Repeat(`]}`, maxDepth),
		"numbers":        `[9223372036854775807,-9223372036854775808,12345678901234567890,0.5]`,
	} {
		var f, g Facts
		must.Do(t, f.AddJSON([]byte(body), true, nil))
		if err := g.UnmarshalBinary(encode(t, &f)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if string(encode(t, &f)) != string(encode(t, &g)) {
			t.Errorf("%s: facts differ", name)
		}
	}
}

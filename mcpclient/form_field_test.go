package mcpclient

import (
	"encoding/json"
	"testing"
)

func TestField(t *testing.T) {
	for _, x := range []struct{ schema, typed, want string }{
		{`{"type":"string","minLength":2}`, "a", ""}, {`{"type":"string","maxLength":2}`, "äöü", ""}, {`{"type":"string"}`, `a"b`, `"a\"b"`},
		{`{"type":"string","format":"email"}`, "a@b.example", `"a@b.example"`}, {`{"type":"string","format":"email"}`, "A <a@b.example>", ""},
		{`{"type":"string","format":"uri"}`, "no", ""}, {`{"type":"string","format":"date"}`, "2026-02-30", ""}, {`{"type":"string","format":"date"}`, "2026-02-28", `"2026-02-28"`},
		{`{"type":"string","format":"date-time"}`, "2026-02-28T10:00:00Z", `"2026-02-28T10:00:00Z"`}, {`{"type":"string","pattern":"^a+$"}`, "b", ""},
		{`{"type":"string","pattern":"(?!x)"}`, "b", `"b"`}, {`{"type":"integer"}`, "9007199254740993", "9007199254740993"}, {`{"type":"integer"}`, "1.5", ""},
		{`{"type":"integer"}`, "true", ""}, {`{"type":"number","maximum":2}`, "2.50", ""}, {`{"type":"number"}`, "2.50", "2.50"}, {`{"type":"number"}`, "NaN", ""},
		{`{"type":"number"}`, "1e999", ""}, {`{"type":"boolean"}`, "Y", "true"}, {`{"type":"boolean"}`, "no", "false"}, {`{"type":"boolean"}`, "perhaps", ""},
		{`{"type":"string","enum":["a","b"],"enumNames":["Alpha","Beta"]}`, "Beta", `"b"`}, {`{"type":"string","enum":["a","b"]}`, "1", `"a"`},
		{`{"type":"string","enum":["a","2"]}`, "2", `"2"`}, {`{"type":"string","enum":["a","b"]}`, "3", ""}, {`{"type":"string","oneOf":[{"const":"x","title":"Ex"}]}`, "Ex", `"x"`},
		{`{"type":"array","items":{"enum":["a","b"]},"maxItems":2}`, "2, a", `["b","a"]`}, {`{"type":"array","items":{"anyOf":[{"const":"x","title":"Ex"}]},"minItems":2}`, "Ex", ""},
		{`{"type":5}`, "text", `"text"`},
	} {
		t.Run(x.typed, func(t *testing.T) {
			f := readField(json.RawMessage(x.schema))
			got, err := f.parse(x.typed)
			if err != nil {
				got = nil
			}
			if string(got) != x.want {
				t.Errorf("%s: %s %v, want %s", x.schema, got, err, x.want)
			}
		})
	}
}

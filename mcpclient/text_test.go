package mcpclient

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spectap/spectap/internal/visible"
)

const argsSchema = `{"$defs":{"box":{"type":"object","properties":{"kind":{"enum":["wood","steel"]},"in":{"$ref":"#/$defs/box"}}}},
"properties":{"n":{"type":"integer"},"x":{"type":["number","null"]},"s":{"type":"string"},"b":{"type":"boolean"},"e":{"enum":["a b",1]},
"tags":{"type":"array","items":{"type":"string"}},"ids":{"type":"array","items":{"type":"integer"}},"box":{"$ref":"#/$defs/box"},"any":{},
"mixed":{"type":["string","integer"]}},"additionalProperties":false}`

func TestReadArguments(t *testing.T) {
	s := shapeOf(json.RawMessage(argsSchema), json.RawMessage(argsSchema))
	for _, x := range []struct{ typed, want, fails string }{
		{typed: "", want: "{}"},
		{typed: ` {"n": 1.0}  `, want: `{"n": 1.0}`},
		{typed: "n=9007199254740993", want: `{"n":9007199254740993}`},
		{typed: "s=12 b=true x=null", want: `{"s":"12","b":true,"x":null}`},
		{typed: "x=1e5", want: `{"x":1e5}`},
		{typed: `s="a b" any='c "d"'`, want: `{"s":"a b","any":"c \"d\""}`},
		{typed: `s=a\ b any=3`, want: `{"s":"a b","any":3}`},
		{typed: `s="<&>"`, want: `{"s":"<&>"}`},
		{typed: `e="a b"`, want: `{"e":"a b"}`},
		{typed: `e=1`, want: `{"e":1}`},
		{typed: "tags=a tags=2", want: `{"tags":["a","2"]}`},
		{typed: `tags=["a","b c"] n=1`, want: `{"tags":["a","b c"],"n":1}`},
		{typed: "ids=1 ids=2", want: `{"ids":[1,2]}`},
		{typed: `box={"kind": "wood"} b=false`, want: `{"box":{"kind": "wood"},"b":false}`},
		{typed: `any:={"a": [1, 2]}`, want: `{"any":{"a": [1, 2]}}`},
		{typed: `s:="x y" n:=1`, want: `{"s":"x y","n":1}`},
		{typed: "mixed=12", want: `{"mixed":12}`},
		{typed: "mixed=12a", want: `{"mixed":"12a"}`},
		{typed: "s=", want: `{"s":""}`},
		{typed: "s=[abc", want: `{"s":"[abc"}`},
		{typed: "n=abc", fails: "n: must be integer"},
		{typed: "n=1.5", fails: "n: must be integer"},
		{typed: "e=z", fails: `must be one of "a b", 1`},
		{typed: "ids=1 ids=b", fails: "must be integer"},
		{typed: "n=1 n=2", fails: "given twice"},
		{typed: "zz=1", fails: "no argument zz"},
		{typed: "n", fails: "name=value"},
		{typed: "s='abc", fails: "a quote is not closed"},
		{typed: "any:=abc", fails: "no JSON"},
		{typed: `{"n":1`, fails: "not one JSON object"},
		{typed: `{"n":1}}`, fails: "not one JSON object"},
		{typed: `{"n":1,"n":2}`, fails: "duplicate"},
	} {
		got, err := readArguments(s, x.typed)
		switch {
		case x.fails != "":
			if err == nil || !strings.Contains(err.Error(), x.fails) {
				t.Errorf("%s: %s %v, want %s", x.typed, got, err, x.fails)
			}
		case err != nil || string(got) != x.want:
			t.Errorf("%s: %s %v, want %s", x.typed, got, err, x.want)
		}
	}
	if c := completeArguments(&s, `{"box":{"in":{"kind":"s`, 0); strings.Join(c.Words, "|") != `"steel"` {
		t.Errorf("within: %v", c)
	}
	if c := completeArguments(&s, `{"box":{"in":{"kind":"steel","`, 0); strings.Join(c.Words, "|") != `"in": ` {
		t.Errorf("within: %v", c)
	}
}

func TestTree(t *testing.T) {
	got := tree(json.RawMessage(`{"z":1.50,"a":[{"b":1,"c":[[1,2],[]]},"x",{}],"s":"true","t":" a","u":"- a","v":"ok: \u202e","w":"","m":"a\nb","n k":null}`), false)
	want := "z: 1.50\na:\n  - b: 1\n    c:\n      - - 1\n        - 2\n      - []\n  - x\n  - {}\n" +
		"s: \"true\"\nt: \" a\"\nu: \"- a\"\nv: ok: \\u202e\nw: \"\"\nm:\n  │ a\n  │ b\n\"n k\": null\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := tree(json.RawMessage(`{"a":1}`), true); got != "\x1b[36ma\x1b[0m: \x1b[33m1\x1b[0m\n" {
		t.Errorf("%q", got)
	}
	deep := strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000)
	if got := tree(json.RawMessage(deep), false); len(got) > 20_000 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain ä 漢": "plain ä 漢", "\x1b[31m": `\x1b[31m`, "a\r\nb": `a\x0d\x0ab`, "\u009b2J": `\u009b2J`, "\xff": `\xff`,
		"a\u202eb\u200b": `a\u202eb\u200b`, "\u2028": `\u2028`, "\ufffd": "\ufffd", "\U000e0041": `\ue0041`,
	} {
		if got := visible.Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := harmlessJSON(`"` + "\u202e\U000e0041\x7f" + `"`); got != `"\u202e\udb40\udc41\u007f"` {
		t.Error(got)
	}
}

func TestLineWriter(t *testing.T) {
	var out strings.Builder
	l := &lineWriter{w: &out}
	for _, s := range []string{"one\ntw", "o\r\n\x1b[2J", "\n", strings.Repeat("x", maxStderrLine+5)} {
		if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("%d %v", n, err)
		}
	}
	want := "server: one\nserver: two\nserver: \\x1b[2J\nserver: " + strings.Repeat("x", maxStderrLine) + "\n"
	if out.String() != want {
		t.Errorf("%q", &out)
	}
}

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
		f := readField(json.RawMessage(x.schema))
		got, err := f.read(x.typed)
		if err != nil {
			got = nil
		}
		if string(got) != x.want {
			t.Errorf("%s %q: %s %v, want %s", x.schema, x.typed, got, err, x.want)
		}
	}
}

// FuzzText: whatever is typed and sent, nothing panics, and nothing acts on a terminal.
func FuzzText(f *testing.F) {
	f.Add(`call t {"box":{"in":[{"kind":"`, `{"a":["b\u001b",1]}`)
	f.Add(`call "t t" s='a b' tags=[1`, argsSchema)
	f.Add(`call t {"`, `{"allOf":[{"$ref":"#"},{"$ref":"#"}],"items":{"$ref":"#"},"required":["a"],"properties":{"a":{"$ref":"#"}}}`)
	f.Add(`call t a=1 a=2`, `{"type":"array","items":{"$ref":"#"},"properties":{"a":{"$ref":"#"}}}`)
	f.Fuzz(func(t *testing.T, line, sent string) {
		if len(line) > 100 || len(sent) > 1000 {
			t.Skip()
		}
		for _, schema := range []string{argsSchema, sent} {
			s := shapeOf(json.RawMessage(schema), json.RawMessage(schema))
			if args, err := readArguments(s, line); err == nil && !json.Valid(args) {
				t.Errorf("%q became %q", line, args)
			}
			for start := range len(line) + 1 {
				c := completeArguments(&s, line, start)
				for _, w := range c.Words {
					if !strings.HasPrefix(w, line[c.Start:]) || visible.Line(w) != w {
						t.Errorf("%q: %q", line, w)
					}
				}
			}
			s.typeName()
			Tool{InputSchema: json.RawMessage(schema)}.example()
		}
		unfinished(line)
		if json.Valid([]byte(sent)) {
			got := tree(json.RawMessage(sent), false)
			if visible.Line(strings.ReplaceAll(got, "\n", "")) != strings.ReplaceAll(got, "\n", "") || !utf8.ValidString(got) {
				if !strings.Contains(got, "\t") {
					t.Errorf("%q is drawn as %q", sent, got)
				}
			}
			if h := harmlessJSON(strings.Join(strings.Fields(sent), "")); visible.Line(h) != h {
				t.Errorf("%q", h)
			}
		}
	})
}

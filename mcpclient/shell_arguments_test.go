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
"list":{"anyOf":[{"type":"string"},{"type":"array","items":{"type":"integer"}}]},"mixed":{"type":["string","integer"]}},"additionalProperties":false}`

func TestReadArguments(t *testing.T) {
	s := flatten(newDocument(json.RawMessage(argsSchema)), json.RawMessage(argsSchema))
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
		{typed: "list=3,4,9", want: `{"list":"3,4,9"}`},
		{typed: "list=3 list=4", want: `{"list":[3,4]}`},
		{typed: "list=3 list=4,9", fails: "list is given twice"},
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
		{typed: "Mixed=1", fails: "no argument Mixed: did you mean mixed?"},
		{typed: "kind=wood", fails: `no argument kind: it is a member of box='{"kind":…}'`},
		{typed: "n", fails: "name=value"},
		{typed: "s='abc", fails: "a quote is not closed"},
		{typed: "any:=abc", fails: "is not JSON"},
		{typed: `{"n":1`, fails: "not one JSON object"},
		{typed: `{"n":1}}`, fails: "not one JSON object"},
		{typed: `{"n":1,"n":2}`, fails: "duplicate"},
	} {
		t.Run(x.typed, func(t *testing.T) {
			got, err := readArguments(s, x.typed)
			switch {
			case x.fails != "":
				if err == nil || !strings.Contains(err.Error(), x.fails) {
					t.Errorf("%s %v, want %s", got, err, x.fails)
				}
			case err != nil || string(got) != x.want:
				t.Errorf("%s %v, want %s", got, err, x.want)
			}
		})
	}
	if c := completeArguments(&s, `{"box":{"in":{"kind":"s`, 0); strings.Join(c.Words, "|") != `"steel"` {
		t.Errorf("within: %v", c)
	}
	if c := completeArguments(&s, `{"box":{"in":{"kind":"steel","`, 0); strings.Join(c.Words, "|") != `"in": ` {
		t.Errorf("within: %v", c)
	}
}

// FuzzText reads any typed line and prints any JSON of a server without a panic, and without text
// that acts on a terminal.
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
			s := flatten(newDocument(json.RawMessage(schema)), json.RawMessage(schema))
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
		isIncomplete(line)
		if json.Valid([]byte(sent)) {
			got := formatTree(json.RawMessage(sent), false)
			if visible.Line(strings.ReplaceAll(got, "\n", "")) != strings.ReplaceAll(got, "\n", "") || !utf8.ValidString(got) {
				if !strings.Contains(got, "\t") {
					t.Errorf("%q is drawn as %q", sent, got)
				}
			}
			if h := visible.JSON(strings.Join(strings.Fields(sent), "")); visible.Line(h) != h {
				t.Errorf("%q", h)
			}
		}
	})
}

package lines

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/visible"
)

// canonical writes a value as JSON with sorted members.
func canonical(v *node) string {
	switch v.kind {
	case literal:
		return v.text
	case text:
		return fmt.Sprintf("%q", v.text)
	case array:
		var parts []string
		for _, e := range v.elements {
			parts = append(parts, canonical(e))
		}
		return "[" + strings.Join(parts, ",") + "]"
	}
	var parts []string
	for _, m := range v.members {
		parts = append(parts, fmt.Sprintf("%q:%s", m.name, canonical(m.value)))
	}
	slices.Sort(parts)
	return "{" + strings.Join(parts, ",") + "}"
}

// check writes a value and reads the text back.
func check(t interface{ Fatalf(string, ...any) }, data []byte) string {
	want, err := parse(data)
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	out := Text(data)
	if out != Text(data) {
		t.Fatalf("two texts for %s", data)
	}
	if visible.Text(out) != out {
		t.Fatalf("hidden characters in %q", out)
	}
	if limit := len(visible.JSON(string(data))); len(out) > limit+limit/2+64 {
		t.Fatalf("%d bytes of JSON became %d of text", limit, len(out))
	}
	func() {
		defer func() {
			if p := recover(); p != nil {
				t.Fatalf("%s\ncannot be read: %v\n%s", data, p, out)
			}
		}()
		if got := readBack(out); canonical(got) != canonical(want) {
			t.Fatalf("%s\nread back as\n%s\nfrom\n%s", canonical(want), canonical(got), out)
		}
	}()
	return out
}

// anyString returns strings that look like parts of the form.
func anyString() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "a", "b", "id", "user", "true", "null", "17", "-", "- a", "-a", "|", "a|b", "a: b", "a:", "{", "[2]:", "[2]: a",
			"x\ny", "x\n", "\n", "\n\n", " x", "x ", "007", "1e5", "+1", "a.b", ".", "a=b", "a; in all: b=1", "\u202e", "\ufffd", "\x1b[2J", "x\ty", "x\r\ny",
			`{"a":"b","c":"d","e":"f"}`, `"`, `\`, "https://a.example/x?y=1", "2026-01-02T03:04:05Z", strings.Repeat("long ", 40), "line one of two\nand: two",
			"a line of text\n name: x\n- y\n\n  z"}),
		rapid.String())
}

func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		most := 6
		if depth == 0 {
			most = 3
		}
		switch rapid.IntRange(0, most).Draw(t, "kind") {
		case 0:
			return anyString().Draw(t, "string")
		case 1:
			return json.Number(rapid.SampledFrom([]string{"0", "-1", "1.50", "1e400", "9007199254740993"}).Draw(t, "number"))
		case 2:
			return rapid.SampledFrom([]any{nil, true, false}).Draw(t, "literal")
		case 3:
			return anyString().Draw(t, "string")
		case 4:
			return rapid.MapOfN(anyString(), anyValue(depth-1), 0, 5).Draw(t, "object")
		case 5:
			return rapid.SliceOfN(anyValue(depth-1), 0, 5).Draw(t, "array")
		}
		return anyRows(depth).Draw(t, "rows")
	})
}

// anyRows returns arrays that may become tables.
func anyRows(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		names := rapid.SliceOfNDistinct(anyString(), 1, 5, rapid.ID).Draw(t, "names")
		same := anyValue(0).Draw(t, "same")
		var rows []any
		for range rapid.IntRange(1, 6).Draw(t, "rows") {
			row := map[string]any{}
			for i, n := range names {
				switch rapid.IntRange(0, 9).Draw(t, "cell") {
				case 0:
				case 1:
					row[n] = nil
				case 2:
					row[n] = same
				case 3:
					row[n] = map[string]any{"login": "a name of some length", "id": same, "a.b": 1}
				default:
					if row[n] = same; i == 0 {
						row[n] = anyValue(max(depth-1, 0)).Draw(t, "value")
					}
				}
			}
			rows = append(rows, row)
		}
		return rows
	})
}

// TestNothingIsLost writes any value and reads the text back.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data, err := json.Marshal(anyValue(4).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		check(t, data)
	})
}

// FuzzText writes anything that is JSON and reads it back.
func FuzzText(f *testing.F) {
	for _, s := range []string{`{"a":[{"b":1},{"b":2}]}`, `[[[]],{}]`, `"\ud800"`, `{"a":1,"a":2}`, `[{"a":1,"a":2},{"a":1}]`, `{"":{"":""}}`, "[\"\xff\"]",
		`[{"a":1,"b":[[]],"c":1},{"c":1,"a":1,"b":[[{}]]},{"c":1,"c":1,"a":1}]`, strings.Repeat("[", 40) + `{"a":"b\nc"}` + strings.Repeat("]", 40)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := parse(data); err != nil {
			return
		}
		check(t, data)
	})
}

func TestForms(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"members", `{"a":1,"b":"x y","c":null,"d":true}`, "a: 1\nb: x y\nc: null\nd: true"},
		{"strings", `{"a":"","b":"17","c":"true","d":" x","e":"2026-01-02T03:04:05Z","f":"say \"x\"","g":"007"}`,
			"a: \"\"\nb: \"17\"\nc: \"true\"\nd: \" x\"\ne: 2026-01-02T03:04:05Z\nf: say \"x\"\ng: \"007\""},
		{"short first", `{"list":[{"a":"a value of some length, so that"},{"a":"the array does not fit in a line of text"}],"total":2,"tags":["x","a,b"],"page":{"n":1,"last":false}}`,
			"total: 2\ntags: [x,\"a,b\"]\npage: {n:1,last:false}\nlist[2]: a\n a value of some length, so that\n the array does not fit in a line of text"},
		{"table", `{"rows":[{"id":1,"user":{"name":"ada lovelace","role":"an admin"},"kind":"thing of one kind","note":"a|b"},` +
			`{"id":2,"user":{"name":"grace","role":"user"},"kind":"thing of one kind","note":"x"},{"id":3,"user":null,"kind":"thing of one kind","note":""}]}`,
			"rows[3]: id|user|user.name|user.role|note; in all: kind=thing of one kind\n" +
				" 1||ada lovelace|an admin|\"a|b\"\n 2||grace|user|x\n 3|null|||\"\""},
		{"block", `{"body":"{\"a\":\"b\",\"c\":\"d\"}","code":"if x:\n    y()\n","n":1}`,
			"code: \"if x:\\n    y()\\n\"\nn: 1\nbody: |\n {\"a\":\"b\",\"c\":\"d\"}"},
		{"lines", `{"text":"first line of the text\n\nsecond: line"}`, "text: |\n first line of the text\n\n second: line"},
		{"elements", `["a sentence that is longer than the others","name: x",{"a":1},[1,2],"- x"]`,
			"[5]:\n - a sentence that is longer than the others\n - \"name: x\"\n - {a:1}\n - [1,2]\n - \"- x\""},
		{"objects of different members", `[{"a":"` + strings.Repeat("x", 80) + `"},{"b":[{"c":1}],"d":"` + strings.Repeat("y", 80) + `"},{"e":1}]`,
			"[3]:\n - a: " + strings.Repeat("x", 80) + "\n - b: [{c:1}]\n   d: " + strings.Repeat("y", 80) + "\n - {e:1}"},
		{"shared members of long objects", `[{"id":1,"owner":{"login":"ada"},"text":"` + strings.Repeat("a longer line\\n", 40) + `"},{"id":2,"owner":{"login":"ada"},"text":"x"}]`,
			"[2]: ; in all: owner={login:ada}\n - id: 1\n   text: |\n" + strings.Repeat("    a longer line\n", 40) + "\n - {id:2,text:x}"},
		{"rows that are alike", `[` + strings.Repeat(`{"code":"a value of some length","kind":"another one"},`, 3) + `{"code":"a value of some length","kind":"another one"}]`,
			"[4]: code; in all: kind=another one\n" + strings.TrimSuffix(strings.Repeat(" a value of some length\n", 4), "\n")},
		{"repeated names are not shared", `[{"a":1,"b":[{"c":1}],"d":"` + strings.Repeat("y", 80) + `"},{"a":2,"a":1,"e":1}]`,
			"[2]:\n - a: 1\n   b: [{c:1}]\n   d: " + strings.Repeat("y", 80) + "\n - {a:2,a:1,e:1}"},
		{"long list of numbers", `{"ids":[` + strings.Repeat("1000000,", 30) + `7]}`, "ids: [" + strings.Repeat("1000000,", 30) + "7]"},
		{"names", `{"a b":1,"a.b":2,"$ref":"#/x","x-y":"-","/p/{id}":{}}`, "\"a b\": 1\na.b: 2\n$ref: #/x\nx-y: \"-\"\n\"/p/{id}\": {}"},
		{"not JSON", "{\"a\":\n", `"{\"a\":\n"`},
		{"not JSON within a list", `{"a":[1,{"b"`, `"{\"a\":[1,{\"b\""`},
		{"not JSON after a name", `{"a":nul`, `"{\"a\":nul"`},
		{"quotes and blanks at an end", `{"a":"\"x\" y","b":"x ","c":"{x","d":"[x","e":"-x","f":"- x"}`,
			`a: "\"x\" y"` + "\nb: \"x \"\nc: \"{x\"\nd: \"[x\"\ne: -x\nf: \"- x\""},
		{"half a character", `{"a":"x\ud800","b":"x\ufffd"}`, `a: "x\ud800"` + "\n" + `b: "x\ufffd"`},
		{"objects and lists", `[{"a":"a value of some length, so that"},[1,2],{"a":"the array does not fit in a line of text"}]`,
			"[3]:\n - {a:\"a value of some length, so that\"}\n - [1,2]\n - {a:the array does not fit in a line of text}"},
		{"two rows that share a member", `[{"id":1,"kind":"thing of one kind","note":"a note of some length"},{"id":2,"kind":"thing of one kind","note":"another note of that length"}]`,
			"[2]: id|note; in all: kind=thing of one kind\n 1|a note of some length\n 2|another note of that length"},
		{"list of long texts", `{"tags":["a text that is longer than an element","another text, longer than an element","a third"]}`,
			"tags[3]:\n - a text that is longer than an element\n - another text, longer than an element\n - a third"},
		{"many backslashes", `{"path":"C:\\a\\b\\c\\d\\e","n":1}`, `path: C:\a\b\c\d\e` + "\nn: 1"},
		{"hidden", `{"a":"\u202ex","b":"y\u0007"}`, `a: "\u202ex"` + "\n" + `b: "y\u0007"`},
		{"digits", `{"id":9007199254740993,"price":1.50}`, "id: 9007199254740993\nprice: 1.50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Text([]byte(tt.in))
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if json.Valid([]byte(tt.in)) {
				check(t, []byte(tt.in))
			}
		})
	}
	if got := Text([]byte(`{"notice":"x","a":1}`), "notice"); got != "a: 1" {
		t.Errorf("left out: %q", got)
	}
	if got := Text([]byte(`{"notice":"x"}`), "notice"); got != "" {
		t.Errorf("all left out: %q", got)
	}
}

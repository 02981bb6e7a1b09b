package lines

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/internal/test/must"
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
		data := must.Get(json.Marshal(anyValue(4).Draw(t, "value")))
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

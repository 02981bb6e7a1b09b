package mcpclient

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

func TestTree(t *testing.T) {
	got := formatTree(json.RawMessage(`{"z":1.50,"a":[{"b":1,"c":[[1,2],[]]},"x",{}],"s":"true","t":" a","u":"- a","v":"ok: \u202e","w":"","m":"a\nb","n k":null}`), false)
	want := "z: 1.50\na:\n  - b: 1\n    c:\n      - - 1\n        - 2\n      - []\n  - x\n  - {}\n" +
		"s: \"true\"\nt: \" a\"\nu: \"- a\"\nv: ok: \\u202e\nw: \"\"\nm:\n  │ a\n  │ b\n\"n k\": null\n"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := formatTree(json.RawMessage(`{"a":1}`), true); got != "\x1b[36ma\x1b[0m: \x1b[33m1\x1b[0m\n" {
		t.Errorf("%q", got)
	}
	deep := strings.Repeat(`[`, 5000) + strings.Repeat(`]`, 5000)
	if got := formatTree(json.RawMessage(deep), false); len(got) > 20_000 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestRepeatedText(t *testing.T) {
	const rows = `{"OutputFormat":"structured","flows":[{"id":17,"url":"https://a.example/x"},{"id":18,"url":"https://a.example/y"}],"total":2}`
	for _, tt := range []struct {
		name, structured, text string
		want                   bool
	}{
		{"the same JSON", `{"a":1,"b":[2]}`, `{"b":[2],"a":1}`, true},
		{"other JSON", `{"a":1,"b":[2]}`, `{"b":[3],"a":1}`, false},
		{"a table of it", rows, "total: 2\nflows[2]: id|url\n 17|https://a.example/x\n 18|https://a.example/y", true},
		{"less than it", rows, "17 https://a.example/x", true},
		{"an answer with its status", `{"data":{"id":1},"metadata":{"status_code":404,"size":8}}`,
			"404 Not Found, 8 bytes\ndata: {id:1}", true},
		{"an explanation", `{"total":2}`, "There are two flows. Call list again to see them.", false},
		{"a text beside an empty object", `{}`, "5 files were removed.", false},
		{"a text that has it and more", `{"ok":true}`, "ok: true. The quota is nearly used up.", false},
		{"no structure", ``, "text", false},
		{"no text", `{"a":1}`, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			item := must.Get(json.Marshal(map[string]string{"type": "text", "text": tt.text}))
			if got := (&result{Structured: json.RawMessage(tt.structured)}).isRepeated(item); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

// TestContents checks what a person sees of each kind of content.
func TestContents(t *testing.T) {
	for _, tt := range []struct{ name, result, want string }{
		{"no result", `{"x":1}`, "x: 1\n"},
		{"no object", `[1]`, "- 1\n"},
		{"structure", `{"structuredContent":{"a":1}}`, "a: 1\n"},
		{"structure and its text", `{"structuredContent":{"a":1},"content":[{"type":"text","text":"{\"a\":1}"}]}`, "a: 1\n"},
		{"structure and another text", `{"structuredContent":{"a":1},"content":[{"type":"text","text":"done"}]}`, "a: 1\ndone\n"},
		{"an error", `{"isError":true,"content":[{"type":"text","text":"it broke\n\n"}]}`, "error\nit broke\n"},
		{"text of JSON", `{"content":[{"type":"text","text":" {\"a\":[true]} "}]}`, "a:\n  - true\n"},
		{"text of a word of JSON", `{"content":[{"type":"text","text":"true"}]}`, "true\n"},
		{"an image", `{"content":[{"type":"image","data":"AAAA","mimeType":"image/png"}]}`, "(image/png, 3 bytes; --json prints them)\n"},
		{"audio", `{"content":[{"type":"audio","data":"AAA=","mimeType":"audio/x\u202e"}]}`, "(audio/x\\u202e, 2 bytes; --json prints them)\n"},
		{"a link", `{"content":[{"type":"resource_link","uri":"a:\u001b","name":"n"}]}`, "a:\\x1b  n\n"},
		{"a resource", `{"content":[{"type":"resource","resource":{"uri":"a:b","text":"t"}}]}`, "a:b\nt\n"},
		{"a resource of bytes", `{"content":[{"type":"resource","resource":{"uri":"a:b","mimeType":"m","blob":"AA=="}}]}`, "a:b (m, 1 bytes; --json prints them)\n"},
		{"a resource that is none", `{"content":[{"type":"resource","resource":[1]}]}`, "- 1\n"},
		{"another type", `{"content":[{"type":"hologram","x":1}]}`, "type: hologram\nx: 1\n"},
		{"no type", `{"content":[{"type":5}]}`, "type: 5\n"},
		{"two contents", `{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}`, "a\nb\n"},
	} {
		var out strings.Builder
		err := (&Shell{Out: &out}).printResult(json.RawMessage(tt.result))
		if out.String() != tt.want || (err == errToolFailed) != (tt.name == "an error") {
			t.Errorf("%s: %q, %v, want %q", tt.name, out.String(), err, tt.want)
		}
	}
	for text, want := range map[string]bool{`{"a":9007199254740993}`: true, `{"a":9007199254740992}`: false} {
		if got := isSameJSON(json.RawMessage(`{"a":9007199254740993}`), json.RawMessage(text)); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
	r := readResult(json.RawMessage(`{"content":[{"text":"{}"},{"text":"x"},{"text":5},5,{"text":"[1]"}]}`))
	if got := r.jsonTexts(); len(got) != 2 || string(got[1]) != "[1]" {
		t.Errorf("%s", got)
	}
}

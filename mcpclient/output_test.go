package mcpclient

import (
	"encoding/json"
	"strings"
	"testing"
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
			item, err := json.Marshal(map[string]string{"type": "text", "text": tt.text})
			if err != nil {
				t.Fatal(err)
			}
			if got := (&result{Structured: json.RawMessage(tt.structured)}).isRepeated(item); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

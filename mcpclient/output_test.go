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

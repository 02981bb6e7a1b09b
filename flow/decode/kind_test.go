package decode_test

import (
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

// TestKind checks which bodies are not what their label says.
func TestKind(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	for _, tt := range []struct{ label, body, want string }{
		{form, `{"password":"first&tail"}`, "application/json"},
		{form, "\n [1, 2]", "application/json"},
		{form, `<order id="1"/>`, "application/xml"},
		{form, `a=%7B%22b%22%3A1%7D&c={"d":1}`, form},
		{form, "", form},
		{form, "[name]=password&[value]=x", form},
		{form, "{name}=x", form},
		{"", `{"a":1}`, "application/json"},
		{"", "<p>text", ""},
		{"", "a=1", ""},
		{"text/plain", `{"a":1}`, "application/json"},
		{"text/html", "[]", "application/json"},
		{"application/octet-stream", `{"a":1}{"a":2}`, "application/json"},
		{"text/javascript", `[{"a":1},{"a"`, "application/json"},
		{"text/plain", "[1] a reference", "text/plain"},
		{"text/plain", "[2026-01-02] started", "text/plain"},
		{"text/javascript", `{"use strict"; run()}`, "text/javascript"},
		{"text/markdown", `{"a":1}`, "text/markdown"},
		{"text/html", `<?xml version="1.0"?><order id="1"/>`, "application/xml"},
		{"text/html", `<?xml version="1.0"?><html><body/></html>`, "text/html"},
		{"text/html", "<order/>", "text/html"},
		{"text/html", "pong", "text/plain"},
		{"text/html", "<b>pong</b>", "text/html"},
		{"text/plain", "<order><id>1</id></order>", "application/xml"},
		{"text/plain", "<b>bold</b>", "text/plain"},
		{"text/plain", "<ann@example.com> wrote", "text/plain"},
	} {
		if got := decode.Kind(tt.label, []byte(tt.body)); got != tt.want {
			t.Errorf("%s under %q: %q, want %q", tt.body, tt.label, got, tt.want)
		}
	}
}

// TestUnguarded reads the JSON behind what keeps pages from running it.
func TestUnguarded(t *testing.T) {
	for body, want := range map[string]string{
		")]}'\n[1]": "[1]", ")]}',\n{}": "{}", "while(1);[1]": "[1]", "for (;;);{\"a\":1}": `{"a":1}`, "{}&&{\"a\":1}": `{"a":1}`,
		"throw 1; {\"a\":1}": `{"a":1}`, "&&&START&&&{}": "{}", "/**/[2]": "[2]", "throw 'not allowed';[3]": "[3]",
		`{"a":"x && y"}`: `{"a":"x && y"}`, "while waiting [1]": "while waiting [1]", ")]}'": ")]}'", "": "", "<p>[1]": "<p>[1]",
	} {
		if got := decode.Unguarded([]byte(body)); string(got) != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}

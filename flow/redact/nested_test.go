package redact_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

// TestNesting checks how many layers of one format within another are read. One layer more is text,
// in which a secret is still found by the name before it, or by its form.
func TestNesting(t *testing.T) {
	quoted := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	for _, tt := range []struct {
		name string
		wrap func(inner string) string
	}{
		{"JSON in strings of JSON", func(s string) string { return `{"a":` + quoted(s) + `}` }},
		{"lists in strings of JSON", func(s string) string { return `[` + quoted(s) + `]` }},
		{"links in links", func(s string) string { return `{"a":` + quoted("https://a.example/?next="+url.QueryEscape(s)) + `}` }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := `{"password":"sword fish, twice","pin":4829,"card":{"number":"12345"}}`
			for layers := range 3 {
				got := string(red.Body("application/json", []byte(text)))
				for _, secret := range []string{"sword fish", "4829"} {
					if strings.Contains(got, secret) {
						t.Errorf("%d layers: %s", layers, got)
					}
				}
				text = tt.wrap(text)
			}
		})
	}
}

// TestMultipartLayers checks that parts of parts are read three deep, with their own types.
func TestMultipartLayers(t *testing.T) {
	part := func(boundary, contentType, body string) string {
		return "--" + boundary + "\r\nContent-Type: " + contentType + "\r\n\r\n" + body + "\r\n--" + boundary + "--\r\n"
	}
	for layers, found := range map[int]bool{1: true, 2: true, 3: true} {
		contentType, body := "application/json", `{"a":"b","password":"swordf1sh"}`
		for i := range layers {
			boundary := strings.Repeat("b", i+1)
			body, contentType = part(boundary, contentType, body), "multipart/mixed; boundary="+boundary
		}
		if got := string(red.Body(contentType, []byte(body))); strings.Contains(got, "swordf1sh") == found {
			t.Errorf("%d layers: %s", layers, got)
		}
	}
}

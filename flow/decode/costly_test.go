package decode_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/decode"
)

func TestIsCostly(t *testing.T) {
	const parts = "multipart/form-data; boundary=b"
	for _, c := range []struct {
		name, contentType, body string
		want                    bool
	}{
		{"fields", "application/x-www-form-urlencoded", strings.Repeat("a=1&", 100_000), true},
		{"fewer fields", "application/x-www-form-urlencoded", strings.Repeat("a=1&", 99_999), false},
		{"a long field", "Application/X-WWW-Form-Urlencoded; charset=utf-8", "a=" + strings.Repeat("x", 8<<20), false},
		{"parts", parts, strings.Repeat("--b\r\n\r\nx\r\n", 10_001), true},
		{"fewer parts", parts, strings.Repeat("--b\r\n\r\nx\r\n", 10_000), false},
		{"a large part", parts, "--b\r\n\r\n" + strings.Repeat("x", 8<<20), false},
		{"no boundary", "multipart/mixed", strings.Repeat("--b\r\n", 20_000), false},
		{"YAML", "application/yaml", strings.Repeat("a", 4<<20+1), true},
		{"less YAML", "application/yaml", strings.Repeat("a", 4<<20), false},
		{"YAML documents", "application/yaml", strings.Repeat("--- a\n", 10_001), true},
		{"YAML documents after CR", "text/yaml", strings.Repeat("--- a\r", 10_001), true},
		{"fewer YAML documents", "application/yaml", strings.Repeat("--- a\n", 10_000), false},
		{"dashes in YAML", "application/yaml", strings.Repeat("- a --- b\n", 20_000), false},
		{"attributes", "application/xml", "<a " + strings.Repeat(`a="" `, 500_001) + "/>", true},
		{"fewer attributes", "application/xml", "<a " + strings.Repeat(`a="" `, 500_000) + "/>", false},
		{"JSON", "application/json", strings.Repeat("[],&--b", 1<<20), false},
	} {
		if got := decode.IsCostly(c.contentType, []byte(c.body)); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

func TestHasManyValues(t *testing.T) {
	for _, c := range []struct {
		name, mediaType, body string
		want                  bool
	}{
		{"numbers", "application/json", "[" + strings.Repeat("1,", 1_000_000) + "1]", true},
		{"as many as may be", "application/json", strings.Repeat("1,", 1_000_000) + "11", false},
		{"one more", "application/json", strings.Repeat("1,", 1_000_001), true},
		{"one more in few bytes", "application/json", strings.Repeat(",", 1_000_001), false},
		{"arrays and objects", "application/json", strings.Repeat("[{", 500_001) + strings.Repeat(" ", 1_000_000), true},
		{"fewer numbers", "application/json", "[" + strings.Repeat("1,", 999_998) + "1]", false},
		{"members", "application/vnd.api+json", strings.Repeat(`{"a":`, 1_000_001), true},
		{"a long text", "application/json", `"` + strings.Repeat("a", 8<<20) + `"`, false},
		{"lines", "application/x-ndjson", strings.Repeat("1\n", 1_000_001), true},
		{"events", "text/event-stream", strings.Repeat("data:1\n", 1_000_001), true},
		{"text", "text/plain", strings.Repeat("1,", 1_000_001), false},
	} {
		if got := decode.HasManyValues(c.mediaType, []byte(c.body)); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

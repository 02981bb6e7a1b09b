package spelling

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	for _, tt := range []struct{ name, known, want string }{
		{"flowId", "domain flow_id flow_ids", "flow_id"},
		{"FLOW-ID", "domain flow_id", "flow_id"},
		{"body", "owner repo requestBody", "requestBody"},
		{"id", "domain flow_id", "flow_id"},
		{"file_path", "path", "path"},
		{"onwer", "owner repo", "owner"},
		{"ownr", "owner repo", "owner"},
		{"ownerr", "owner repo", "owner"},
		{"owmer", "owner repo", "owner"},
		{"page_size", "page per_page", "page"},
		{"perpage", "page per_page", "per_page"},
		{"repository", "owner repo", ""},
		{"ab", "ac", ""},
		{"x", "owner", ""},
		{"", "owner", ""},
		{"__", "owner", ""},
		{"é", "É", "É"},
		{strings.Repeat("a", 65), strings.Repeat("a", 64), ""},
	} {
		if got := Nearest(tt.name, strings.Fields(tt.known)); got != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.name, tt.known, got, tt.want)
		}
	}
}

func TestAdvice(t *testing.T) {
	for _, tt := range []struct{ known, unknown, want string }{
		{"owner*|page", "pages|onwer", "arguments: owner*, page; did you mean page, owner?"},
		{"id*|body* {text, due_date}", "dueDate|Text", "arguments: id*, body* {text, due_date}; did you mean due_date, text?"},
		{"id*", "zebra", "arguments: id*"},
		{"", "x", "it takes no arguments"},
	} {
		known := strings.FieldsFunc(tt.known, func(r rune) bool { return r == '|' })
		if got := Advice(known, strings.Split(tt.unknown, "|")); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.known, got, tt.want)
		}
	}
}

func TestIsNear(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"word", "word", true}, {"word", "wrod", true}, {"word", "words", true}, {"word", "wod", true}, {"word", "ward", true},
		{"word", "wards", false}, {"ab", "abc", false}, {"word", "drow", false}, {"abcd", "abdc", true}, {"abc", "bca", false},
	} {
		if IsNear(tt.a, tt.b) != tt.want || IsNear(tt.b, tt.a) != tt.want {
			t.Errorf("%s and %s: want %v", tt.a, tt.b, tt.want)
		}
	}
}

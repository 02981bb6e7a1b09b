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

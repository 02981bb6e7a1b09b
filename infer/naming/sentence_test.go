package naming

import "testing"

func TestJoinAccount(t *testing.T) {
	for _, c := range []struct{ above, literal, want string }{
		{"usage", "ci-app", "ci-app-usage"}, {"reports", "sales", "sales-report"}, {"stats", "commit_activity", "commit-activity-stats"},
		{"usage", "summary", "summary"}, {"orders", "items", "items"}, {"", "items", "items"}, {"usage", "", ""},
	} {
		if got := JoinAccount(c.above, c.literal); got != c.want {
			t.Errorf("JoinAccount(%q, %q) = %q, want %q", c.above, c.literal, got, c.want)
		}
	}
}

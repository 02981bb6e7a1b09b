package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/overview"
)

// TestHubStatsText checks what store stats says of a hub and its sources.
func TestHubStatsText(t *testing.T) {
	source := func(name string, ago time.Duration, gap bool) overview.Source {
		return overview.Source{SourceStatus: relay.SourceStatus{Source: name, Recorded: 9, Sent: 8, Released: 7, Lost: 1, At: time.Now().Add(-ago)}, Here: 6, Gap: gap}
	}
	for _, tt := range []struct {
		name string
		o    overview.Overview
		want []string
	}{
		{"nothing is known", overview.Overview{}, []string{""}},
		{"size", overview.Overview{Stored: 3 << 20}, []string{"", "hub      3.1M of flows", ""}},
		{"sources", overview.Overview{Sources: []overview.Source{source("laptop", 5*time.Second, false), source("ci", 3*time.Hour, true)}}, []string{
			"", "recorded      sent  released      here  lost  seen      source",
			"       9         8         7         6     1  5s ago    laptop",
			"       9         8         7         6     1  3h ago    ci  (the hub lost some; asked for)", "",
		}},
	} {
		var b strings.Builder
		(&hubStats{&tt.o}).print(&b)
		if got, want := b.String(), strings.Join(tt.want, "\n"); got != want {
			t.Errorf("%s: got %q, want %q", tt.name, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Second: "0s ago", 0: "0s ago", 59 * time.Second: "59s ago", time.Minute: "1m ago", 59 * time.Minute: "59m ago", time.Hour: "1h ago", 49 * time.Hour: "49h ago",
	} {
		if got := shortAge(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

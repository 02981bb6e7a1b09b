package refusallog

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLinesAreBounded checks that a flood makes few lines, which say how many are not there.
func TestLinesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := New(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return a
		}})))
		var want []string
		warn := func(why string, then ...string) {
			l.Warn("refused", "why", why)
			want = append(want, then...)
		}
		for range burst {
			warn("first", "msg=refused why=first")
		}
		for range 5 {
			warn("flood")
		}
		time.Sleep(time.Second)
		warn("later", `msg=refused why=later "left out before"=5`)
		warn("again")
		time.Sleep(2 * time.Second)
		warn("later", `msg=refused why=later "left out before"=1`)
		warn("later", `msg=refused why=later`)
		if got := strings.Split(strings.TrimSpace(out.String()), "\n"); !slices.Equal(got, want) {
			t.Errorf("logged\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

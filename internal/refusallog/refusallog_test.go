package refusallog

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
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

// TestConcurrent checks that each refusal is a line or counted once, and that callers keep their
// attributes.
func TestConcurrent(t *testing.T) {
	var mu sync.Mutex
	var out bytes.Buffer
	l := New(slog.New(slog.NewTextHandler(&locked{mu: &mu, b: &out}, nil)))
	args := make([]any, 2, 8)
	args[0], args[1] = "a", "b"
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				l.Warn("refused", args...)
			}
		})
	}
	wg.Wait()
	told := 0
	for line := range strings.Lines(out.String()) {
		n := 0
		if _, after, ok := strings.Cut(line, `before"=`); ok {
			fmt.Sscan(after, &n)
		}
		told += n
	}
	if lines := strings.Count(out.String(), "\n"); lines+told+int(l.skipped.Load()) != 400 {
		t.Errorf("%d lines, %d told, %d left out", lines, told, l.skipped.Load())
	}
}

type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

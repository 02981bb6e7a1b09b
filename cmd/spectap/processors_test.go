package main

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestProcessors checks when a program uses one processor, and when all.
func TestProcessors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var set []int
		c := &processors{quiet: time.Second, set: func(n int) { set = append(set, n) }}
		want := func(step string, list ...int) {
			t.Helper()
			synctest.Wait()
			c.mu.Lock()
			defer c.mu.Unlock()
			if !slices.Equal(set, list) {
				t.Errorf("%s: %v, want %v", step, set, list)
			}
		}
		c.enter()
		c.enter()
		want("few requests")
		c.enter()
		want("many", 0)
		time.Sleep(3 * time.Second)
		want("many for long", 0)
		c.leave()
		time.Sleep(1500 * time.Millisecond)
		want("many a moment ago", 0)
		time.Sleep(time.Second)
		want("few for long", 0, 1)
		c.enter()
		want("many again", 0, 1, 0)
		c.leave()
		c.leave()
		c.leave()
		time.Sleep(3 * time.Second)
		want("none", 0, 1, 0, 1)
		c.end()
		c.enter()
		c.enter()
		c.enter()
		time.Sleep(3 * time.Second)
		want("the end", 0, 1, 0, 1, 0)
	})
}

// TestNarrowIsUndone checks the setting of a process that runs one command, and that a command
// that shares its process leaves it alone.
func TestNarrowIsUndone(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	all := runtime.GOMAXPROCS(0)
	if all == 1 {
		t.Skip("there is one processor")
	}
	p := newProgram(nil, nil, nil)
	p.narrow(t.Context()).enter()
	if n := runtime.GOMAXPROCS(0); n != all {
		t.Errorf("a command that shares its process uses %d processors, want %d", n, all)
	}
	p.alone = true
	ctx, cancel := context.WithCancel(t.Context())
	p.narrow(ctx)
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("%d processors, want 1", n)
	}
	cancel()
	for runtime.GOMAXPROCS(0) != all { // context.AfterFunc
		runtime.Gosched()
	}
}

package upstream

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// TestWorkersAreBounded checks that all functions run beside each other, that few goroutines wait
// for the next one, and that none does when the connection has ended.
func TestWorkersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w, ran := newWorkers(), atomic.Int32{}
		for range 2 {
			release := make(chan struct{})
			ran.Store(0)
			for range 20 {
				w.do(ctx, func() { ran.Add(1); <-release })
				synctest.Wait()
			}
			if ran.Load() != 20 {
				t.Errorf("%d of 20 functions run beside each other", ran.Load())
			}
			close(release)
			synctest.Wait()
			if len(w.spare) != maxSpare {
				t.Errorf("%d goroutines wait", len(w.spare))
			}
		}
		cancel()
		synctest.Wait()
		if len(w.spare) != 0 {
			t.Errorf("%d goroutines wait after the end", len(w.spare))
		}
	})
}

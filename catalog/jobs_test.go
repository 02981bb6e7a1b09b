package catalog

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// TestJobs checks that calls share a job, and that its result is kept for later calls.
func TestJobs(t *testing.T) {
	j := &jobs{life: t.Context()}
	begun, release := make(chan struct{}, 100), make(chan struct{})
	work := func(context.Context) (any, error) {
		begun <- struct{}{}
		<-release
		return "done", nil
	}
	always := func() bool { return true }
	if _, _, done := j.do(t.Context(), "a", true, time.Nanosecond, always, work); done {
		t.Fatal("done before the work was released")
	}
	close(release)
	for range 3 {
		if v, err, done := j.do(t.Context(), "a", true, time.Minute, always, work); v != "done" || err != nil || !done {
			t.Errorf("got %v, %v, %v", v, err, done)
		}
	}
	if len(begun) != 1 {
		t.Errorf("the work was started %d times", len(begun))
	}
	for i := range 2 * maxJobs {
		for range 2 { // a result that is not kept is computed again
			if v, err, done := j.do(t.Context(), fmt.Sprint(i), i%2 == 0, time.Minute, always, work); v != "done" || err != nil || !done {
				t.Errorf("got %v, %v, %v", v, err, done)
			}
		}
	}
	if want := 1 + maxJobs + 2*maxJobs; len(begun) != want || len(j.all) > maxJobs {
		t.Errorf("started %d times, want %d; %d results are kept", len(begun), want, len(j.all))
	}
}

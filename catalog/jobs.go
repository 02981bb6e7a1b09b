package catalog

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// jobs runs pieces of work that outlive the calls that start them. Calls with an equal key share
// one job.
type jobs struct {
	life context.Context // ends all jobs

	mu  sync.Mutex // guards all
	all []*job     // oldest first
}

// job is one piece of work.
type job struct {
	key    string
	done   chan struct{} // closed once value and err are set
	retain bool          // the result stays after the end

	value any
	err   error
}

// maxJobs bounds the results that are kept.
const maxJobs = 4

// do waits for the job of that key. It starts the job unless one runs or has left a result.
// Whenever wait has passed, do asks impatient whether to give up; the job continues then, and done
// is false.
func (j *jobs) do(
	ctx context.Context, key string, retain bool, wait time.Duration, impatient func() bool,
	work func(context.Context) (any, error),
) (v any, err error, done bool) {
	x := j.get(key, retain, work)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-x.done:
			return x.value, x.err, true
		case <-ctx.Done():
			return nil, ctx.Err(), true
		case <-timer.C:
			if impatient() {
				return nil, nil, false
			}
			timer.Reset(wait)
		}
	}
}

// get finds a job or starts it.
func (j *jobs) get(key string, retain bool, work func(context.Context) (any, error)) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, x := range j.all {
		if x.key == key {
			return x
		}
	}
	x := &job{key: key, done: make(chan struct{}), retain: retain}
	j.all = append(j.all, x)
	go func() {
		defer j.end(x)
		defer func() { // a defect must not end the program
			if p := recover(); p != nil {
				x.err = fmt.Errorf("panic: %v", p)
			}
		}()
		x.value, x.err = work(j.life)
	}()
	return x
}

// end removes a finished job unless its result is kept, and the oldest result when there are too
// many.
func (j *jobs) end(x *job) {
	defer close(x.done)
	j.mu.Lock()
	defer j.mu.Unlock()
	results := 0
	for _, y := range j.all {
		if y.retain {
			results++
		}
	}
	j.all = slices.DeleteFunc(j.all, func(y *job) bool {
		if y == x {
			return !y.retain || y.err != nil
		}
		drop := y.retain && results > maxJobs && y.isDone()
		if drop {
			results--
		}
		return drop
	})
}

// isDone reports whether the job has ended.
func (x *job) isDone() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

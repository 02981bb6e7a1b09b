package main

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// jobs are pieces of work that those who asked for them need not wait for: who asks for the same again gets it.
type jobs struct {
	life context.Context // ends them

	mu  sync.Mutex // guards all
	all []*job     // the oldest first
}

// job is one piece of work.
type job struct {
	key  string
	done chan struct{} // closed when value and err are there
	keep bool          // it is of use when it is done

	value any
	err   error
}

// maxJobs bounds the jobs that are kept when they are done.
const maxJobs = 4

// do waits for the work of that key, which it begins unless it is under way, or done and kept. It gives up, and the work
// goes on, when the time is up and patience says so; then done is false.
func (j *jobs) do(ctx context.Context, key string, keep bool, wait time.Duration, impatient func() bool, work func(context.Context) (any, error)) (v any, err error, done bool) {
	x := j.get(key, keep, work)
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
			timer.Reset(wait) // it may wait for somebody else's work, which is impatient's to say
		}
	}
}

// get finds a job or begins it.
func (j *jobs) get(key string, keep bool, work func(context.Context) (any, error)) *job {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, x := range j.all {
		if x.key == key {
			return x
		}
	}
	x := &job{key: key, done: make(chan struct{}), keep: keep}
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

// end lets go of a job that is done, or of the oldest one kept when there are too many.
func (j *jobs) end(x *job) {
	defer close(x.done)
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := 0
	for _, y := range j.all {
		if y.keep {
			kept++
		}
	}
	for i := 0; i < len(j.all); i++ {
		y := j.all[i]
		drop := y == x && (!y.keep || y.err != nil)
		if y.keep && y != x && kept > maxJobs && y.isDone() {
			drop = true
			kept--
		}
		if drop {
			j.all = append(j.all[:i:i], j.all[i+1:]...)
			i--
		}
	}
}

func (x *job) isDone() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

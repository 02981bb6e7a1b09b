package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// sample is the state of the proxy at one moment.
type sample struct {
	at        time.Duration
	anonymous int64 // bytes
	lag       int64 // records
	queued    int64 // flows
}

// samples are in order of time.
type samples []sample

// watch takes a sample each second until ctx is done.
func (p *proxy) watch(ctx context.Context) (c samples) {
	start := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return c
		}
		n, err := p.anonymous()
		if err != nil {
			continue
		}
		s, _ := p.status(ctx) // zeros while the proxy is too busy to answer
		c = append(c, sample{time.Since(start), n, s.Lag, s.Queued})
	}
}

// quartiles returns the minimum, the three quartiles and the maximum of anonymous memory.
func (c samples) quartiles() (q [5]int64) {
	var all []int64
	for _, s := range c {
		all = append(all, s.anonymous)
	}
	slices.Sort(all)
	if len(all) == 0 {
		return q
	}
	for i := range q {
		q[i] = all[i*(len(all)-1)/4]
	}
	return q
}

// maxLag returns the largest number of records that inference lagged behind.
func (c samples) maxLag() (n int64) {
	for _, s := range c {
		n = max(n, s.lag)
	}
	return n
}

// write writes the samples as tab-separated values.
func (c samples) write(file string) error {
	var b strings.Builder
	b.WriteString("seconds\tanonymous MB\tqueued\tto learn\n")
	for _, s := range c {
		fmt.Fprintf(&b, "%.0f\t%.1f\t%d\t%d\n", s.at.Seconds(), float64(s.anonymous)/1e6, s.queued, s.lag)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// diskRate measures sequential writes that are synced every 4 MB, like those of a store. It returns
// bytes per second.
func diskRate(dir string, total int) (float64, error) {
	f, err := os.CreateTemp(dir, "rate-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := newBodies().noise[:4<<20]
	start := time.Now()
	for n := 0; n < total; n += len(block) {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
	}
	return float64(total) / time.Since(start).Seconds(), nil
}

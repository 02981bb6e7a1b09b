package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spectap/spectap/store"
)

// contents counts the flows of the store, by how they compare with the requests.
type contents struct {
	flows, duplicate, unrequested, unfinished, wrong int64

	fileBytes int64
	verified  *store.Report
}

// ok reports whether the store has every request of a load exactly once, complete and unchanged.
func (f *contents) ok(l *loadResult) bool {
	return f.flows == l.requests && f.duplicate+f.unrequested+f.unfinished+f.wrong == 0 && f.verified.OK()
}

// check reads the complete store and compares each flow with its request, and its body byte for
// byte.
func check(ctx context.Context, path string, l *loadResult, b *bodies) (*contents, error) {
	db, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	var out contents
	seen := make([]bool, l.requests+1)
	for f, err := range db.Scan(ctx, store.Query{}) {
		if err != nil {
			return nil, err
		}
		out.flows++
		path := f.Request.Path
		n, err := strconv.ParseInt(path[strings.LastIndexByte(path, '/')+1:], 10, 64)
		switch {
		case err != nil || n < 1 || n > l.requests:
			out.unrequested++
			continue
		case seen[n]:
			out.duplicate++
		}
		seen[n] = true
		if !f.Done || f.Response == nil || f.Err != "" {
			out.unfinished++
			continue
		}
		if want, ok := b.of(path); !ok || !bytes.Equal(f.Response.Body.Data, want) || f.Response.Body.Truncated {
			out.wrong++
		}
	}
	if info, err := os.Stat(path); err == nil {
		out.fileBytes = info.Size()
	}
	out.verified, err = db.Verify(ctx)
	return &out, err
}

// report prints the figures as a table.
func report(o options, l *loadResult, c samples, f *contents, spent, drained time.Duration, disk float64) {
	mb := func(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }
	seconds := l.took.Seconds()
	q := c.quartiles()
	half := len(c) / 2
	for _, row := range [][2]string{
		{"load", fmt.Sprintf("%d connections, %s, %s of bodies", o.conns, l.took.Round(time.Second), mb(l.bytes))},
		{"requests", fmt.Sprintf("%d, %.0f/s, %.0f MB/s; %d failed", l.requests, float64(l.requests)/seconds, float64(l.bytes)/1e6/seconds, l.errors)},
		{"latency", fmt.Sprintf("p50 %s, p99 %s", l.percentile(.5).Round(10*time.Microsecond), l.percentile(.99).Round(10*time.Microsecond))},
		{"CPU of the proxy", fmt.Sprintf("%.0f us per request, %.0f %% of a core",
			float64(spent.Microseconds())/float64(max(l.requests, 1)), 100*spent.Seconds()/seconds)},
		{"anonymous memory", fmt.Sprintf("minimum %s, quartiles %s / %s / %s, maximum %s", mb(q[0]), mb(q[1]), mb(q[2]), mb(q[3]), mb(q[4]))},
		{"its median", fmt.Sprintf("first half %s, second half %s", mb(c[:half].quartiles()[2]), mb(c[half:].quartiles()[2]))},
		{"inference", fmt.Sprintf("lagged by %d records at most, caught up %s after the load", c.maxLag(), drained.Round(100*time.Millisecond))},
		{"in the store", fmt.Sprintf("%d flows of %d; %d twice, %d not requested, %d not finished, %d with another body",
			f.flows, l.requests, f.duplicate, f.unrequested, f.unfinished, f.wrong)},
		{"store verify", fmt.Sprintf("%d flows, %d bodies, %d problems", f.verified.Flows, f.verified.Bodies, len(f.verified.Problems)+f.verified.More)},
		{"file", fmt.Sprintf("%s, %.2f bytes per byte of body; the disk alone takes %.0f MB/s",
			mb(f.fileBytes), float64(f.fileBytes)/float64(max(l.bytes, 1)), disk/1e6)},
	} {
		fmt.Printf("| %s | %s |\n", row[0], row[1])
	}
	if l.firstError != nil {
		fmt.Println("\nfirst error:", l.firstError)
	}
}

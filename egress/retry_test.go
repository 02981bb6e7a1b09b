package egress

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestRetryPauses runs on a fake clock.
func TestRetryPauses(t *testing.T) {
	const seconds = time.Second
	for _, x := range []struct {
		name   string
		retry  Retry
		call   Call
		status int // of all responses
		after  string
		err    error           // instead of a response
		want   []time.Duration // when requests are sent
	}{
		{"default pauses", Retry{Times: 3}, Call{Method: "GET"}, 503, "", nil, []time.Duration{0, seconds / 5, 3 * seconds / 5, 7 * seconds / 5}},
		{"own pauses", Retry{Times: 3, Wait: 2 * seconds, MaxWait: 5 * seconds}, Call{Method: "HEAD"}, 429, "", nil,
			[]time.Duration{0, 2 * seconds, 6 * seconds, 11 * seconds}},
		{"bad gateway", Retry{Times: 1, Wait: 1}, Call{Method: "GET"}, 502, "", nil, []time.Duration{0, 1}},
		{"gateway timeout", Retry{Times: 1, Wait: 1}, Call{Method: "GET"}, 504, "", nil, []time.Duration{0, 1}},
		{"other error of the server", Retry{Times: 1}, Call{Method: "GET"}, 500, "", nil, []time.Duration{0}},
		{"success", Retry{Times: 1}, Call{Method: "GET"}, 200, "", nil, []time.Duration{0}},
		{"no retries", Retry{}, Call{Method: "GET"}, 503, "", nil, []time.Duration{0}},
		{"a write", Retry{Times: 3}, Call{Method: "PUT"}, 503, "", nil, []time.Duration{0}},
		{"once", Retry{Times: 3}, Call{Method: "GET", Once: true}, 503, "", nil, []time.Duration{0}},
		{"longest Retry-After", Retry{Times: 1}, Call{Method: "GET"}, 503, "10", nil, []time.Duration{0, 10 * seconds}},
		{"too long Retry-After", Retry{Times: 1}, Call{Method: "GET"}, 503, "11", nil, []time.Duration{0}},
		{"short Retry-After", Retry{Times: 1, Wait: 3 * seconds}, Call{Method: "GET"}, 503, "1", nil, []time.Duration{0, 3 * seconds}},
		{"Retry-After of zero", Retry{Times: 1}, Call{Method: "GET"}, 503, "0", nil, []time.Duration{0, seconds / 5}},
		{"invalid Retry-After", Retry{Times: 1}, Call{Method: "GET"}, 503, "soon", nil, []time.Duration{0, seconds / 5}},
		{"date", Retry{Times: 1}, Call{Method: "GET"}, 503, "Sat, 01 Jan 2000 00:00:04 GMT", nil, []time.Duration{0, 4 * seconds}},
		{"no response", Retry{Times: 1}, Call{Method: "GET"}, 0, "", io.ErrUnexpectedEOF, []time.Duration{0, seconds / 5}},
		{"origin", Retry{Times: 1}, Call{Method: "GET"}, 0, "", fmt.Errorf("x: %w", ErrOrigin), []time.Duration{0}},
		{"address", Retry{Times: 1}, Call{Method: "GET"}, 0, "", fmt.Errorf("x: %w", ErrAddress), []time.Duration{0}},
		{"header", Retry{Times: 1}, Call{Method: "GET"}, 0, "", fmt.Errorf("x: %w", ErrHeader), []time.Duration{0}},
		{"method", Retry{Times: 1}, Call{Method: "GET"}, 0, "", fmt.Errorf("x: %w", ErrMethod), []time.Duration{0}},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { // the clock begins at 2000-01-01
				cl := newClient(t, Config{Retry: x.retry})
				start := time.Now()
				var sent []time.Duration
				var open int
				resp, err := cl.retry(t.Context(), x.call, func() (*http.Response, error) {
					sent = append(sent, time.Since(start))
					if x.err != nil {
						return nil, x.err
					}
					open++
					h := http.Header{"Retry-After": {x.after}}
					return &http.Response{StatusCode: x.status, Header: h, Body: &closing{strings.NewReader(""), &open}}, nil
				})
				if fmt.Sprint(sent) != fmt.Sprint(x.want) {
					t.Errorf("sent after %v, want %v", sent, x.want)
				}
				if !errors.Is(err, x.err) || x.err == nil && (resp.StatusCode != x.status || open != 1) {
					t.Errorf("got %v, %v; %d responses are open", resp, err, open)
				}
			})
		})
	}
}

// closing counts open bodies.
type closing struct {
	io.Reader
	open *int
}

func (c *closing) Close() error {
	*c.open--
	return nil
}

func TestRetryEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl := newClient(t, Config{Retry: Retry{Times: 9, Wait: time.Second}})
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		start, n := time.Now(), 0
		_, err := cl.retry(ctx, Call{Method: "GET"}, func() (*http.Response, error) {
			n++
			return nil, io.ErrUnexpectedEOF
		})
		if !errors.Is(err, context.DeadlineExceeded) || n != 2 || time.Since(start) != 1500*time.Millisecond {
			t.Errorf("%d requests and %v in %v", n, err, time.Since(start))
		}
	})
}

func TestLimitPerSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l limits
		l.init(Limit{PerSecond: 4})
		start := time.Now()
		for n := range 3 {
			if _, err := l.acquire(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
			if got, want := time.Since(start), time.Duration(n)*time.Second/4; got != want {
				t.Errorf("call %d started after %v, want %v", n, got, want)
			}
		}
		if _, err := l.acquire(t.Context(), "b"); err != nil || time.Since(start) != time.Second/2 {
			t.Errorf("a call to another origin waited: %v, %v", time.Since(start), err)
		}
		time.Sleep(time.Minute) // calls that were not made give no credit
		start = time.Now()
		for range 2 {
			l.acquire(t.Context(), "a")
		}
		if got := time.Since(start); got != time.Second/4 {
			t.Errorf("after a pause, the second call started after %v", got)
		}
	})
}

func TestLimitEndsWithItsContext(t *testing.T) {
	for _, x := range []struct {
		name  string
		limit Limit
		free  int // slots that are free afterwards
	}{
		{"waiting for a slot", Limit{Concurrent: 1}, 0},
		{"waiting for its turn", Limit{Concurrent: 2, PerSecond: 0.1}, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l limits
				l.init(x.limit)
				release, err := l.acquire(t.Context(), "a")
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start := time.Now()
				if _, err := l.acquire(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("got %v after %v", err, time.Since(start))
				}
				slots := l.origins["a"].slots
				if n := cap(slots) - len(slots); n != x.free {
					t.Errorf("%d slots are free, want %d", n, x.free)
				}
				release()
				if n := cap(slots) - len(slots); n != x.free+1 {
					t.Errorf("after the first call, %d slots are free", n)
				}
			})
		})
	}
}

package egress

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/spectap/spectap/internal/pause"
)

// Retry configures retries of GET and HEAD after the statuses 429, 502, 503, 504 and failed
// connections. Calls of other methods are never sent again, because the first request may have
// worked.
type Retry struct {
	// Times is the number of retries.
	Times int
	// Wait is the first pause, doubled each time; zero means 200 ms. Retry-After makes it longer.
	Wait time.Duration
	// MaxWait bounds a pause; zero means 10 s. A response that asks for a longer one is returned.
	MaxWait time.Duration
}

// retry calls send until it succeeds, fails for good, or the retries are used up.
func (cl *Client) retry(ctx context.Context, c Call, send func() (*http.Response, error)) (*http.Response, error) {
	r := cl.config.Retry
	if c.Once || c.Method != http.MethodGet && c.Method != http.MethodHead {
		r.Times = 0
	}
	r.Wait, r.MaxWait = cmp.Or(max(r.Wait, 0), 200*time.Millisecond), cmp.Or(max(r.MaxWait, 0), 10*time.Second)
	for n := 0; ; n++ {
		resp, err := send()
		if n >= r.Times || ctx.Err() != nil || isFinal(err) {
			return resp, err
		}
		wait := min(r.Wait<<min(n, 16), r.MaxWait)
		if err == nil {
			if !isRetryable(resp.StatusCode) {
				return resp, nil
			}
			after := retryAfter(resp.Header.Get("Retry-After"), time.Now())
			if after > r.MaxWait {
				return resp, nil
			}
			wait = max(wait, after)
			resp.Body.Close()
		}
		if err := pause.For(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// isRetryable reports whether a later request may get another status.
func isRetryable(status int) bool {
	return slices.Contains([]int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, status)
}

// retryAfter parses Retry-After: seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return t.Sub(now)
	}
	return 0
}

// Limit bounds the calls to one origin. The zero value does not.
type Limit struct {
	// PerSecond bounds the calls started per second, spaced evenly; zero means no bound.
	PerSecond float64
	// Concurrent bounds the calls in progress; zero means no bound.
	Concurrent int
}

// limits applies a Limit to each origin.
type limits struct {
	limit   Limit
	mu      sync.Mutex // guards origins
	origins map[string]*originLimit
}

type originLimit struct {
	slots chan struct{} // one for each call in progress; nil without a bound
	pace  *rate.Limiter
}

// acquire waits until a call may start. The caller calls release when it has ended.
func (l *limits) acquire(ctx context.Context, origin string) (release func(), err error) {
	if l.limit == (Limit{}) {
		return func() {}, nil
	}
	l.mu.Lock()
	h := l.origins[origin]
	if h == nil {
		perSecond := rate.Inf
		if l.limit.PerSecond > 0 {
			perSecond = rate.Limit(l.limit.PerSecond)
		}
		h = &originLimit{pace: rate.NewLimiter(perSecond, 1)}
		if n := l.limit.Concurrent; n > 0 {
			h.slots = make(chan struct{}, n)
		}
		l.origins[origin] = h
	}
	l.mu.Unlock()
	release = func() {}
	if h.slots != nil {
		select {
		case h.slots <- struct{}{}:
			release = func() { <-h.slots }
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if wait := h.pace.Reserve().Delay(); wait > 0 {
		if err := pause.For(ctx, wait); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

// isFinal reports whether a retry would fail in the same way.
func isFinal(err error) bool {
	return errors.Is(err, ErrOrigin) || errors.Is(err, ErrAddress) ||
		errors.Is(err, ErrHeader) || errors.Is(err, ErrMethod)
}

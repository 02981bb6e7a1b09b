package egress

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Retry says how GET and HEAD are tried again after 429, 502, 503, 504 and failed connections. Other methods
// never are: what was sent may have worked.
type Retry struct {
	// Times is how often; zero never does.
	Times int
	// Wait is the first pause, doubled each time; zero means 200 ms. Retry-After makes it longer.
	Wait time.Duration
	// MaxWait bounds a pause; zero means 10 s. An answer that asks for a longer one is handed on.
	MaxWait time.Duration
}

func (cl *Client) retry(ctx context.Context, c Call, send func() (*http.Response, error)) (*http.Response, error) {
	r := cl.c.Retry
	if c.Once || c.Method != http.MethodGet && c.Method != http.MethodHead {
		r.Times = 0
	}
	if r.Wait <= 0 {
		r.Wait = 200 * time.Millisecond
	}
	if r.MaxWait <= 0 {
		r.MaxWait = 10 * time.Second
	}
	for n := 0; ; n++ {
		resp, err := send()
		if n >= r.Times || ctx.Err() != nil || final(err) {
			return resp, err
		}
		wait := min(r.Wait<<min(n, 16), r.MaxWait)
		if err == nil {
			if !again(resp.StatusCode) {
				return resp, nil
			}
			after := retryAfter(resp.Header.Get("Retry-After"), time.Now())
			if after > r.MaxWait {
				return resp, nil
			}
			wait = max(wait, after)
			resp.Body.Close()
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		}
	}
}

func again(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter reads Retry-After, seconds or a date (RFC 9110 section 10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(v); err == nil && n > 0 {
		return time.Duration(min(n, 1<<20)) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return t.Sub(now)
	}
	return 0
}

// Limit bounds what goes to one origin. The zero value does not.
type Limit struct {
	// PerSecond bounds the calls started in a second, by spacing them evenly; zero does not.
	PerSecond float64
	// Concurrent bounds the calls under way at once; zero does not.
	Concurrent int
}

type limits struct {
	limit Limit
	mu    sync.Mutex // guards hosts
	hosts map[string]*hostLimit
}

type hostLimit struct {
	slots chan struct{}
	mu    sync.Mutex // guards next
	next  time.Time
}

func (l *limits) init(limit Limit) { l.limit, l.hosts = limit, make(map[string]*hostLimit) }

// acquire waits for a turn; the function it returns ends it.
func (l *limits) acquire(ctx context.Context, origin string) (func(), error) {
	if l.limit == (Limit{}) {
		return func() {}, nil
	}
	l.mu.Lock()
	h := l.hosts[origin]
	if h == nil {
		h = &hostLimit{}
		if n := l.limit.Concurrent; n > 0 {
			h.slots = make(chan struct{}, n)
		}
		l.hosts[origin] = h
	}
	l.mu.Unlock()
	release := func() {}
	if h.slots != nil {
		select {
		case h.slots <- struct{}{}:
			release = func() { <-h.slots }
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if l.limit.PerSecond > 0 {
		if err := h.pace(ctx, time.Duration(float64(time.Second)/l.limit.PerSecond)); err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

func (h *hostLimit) pace(ctx context.Context, every time.Duration) error {
	h.mu.Lock()
	now := time.Now()
	at := h.next
	if at.Before(now) {
		at = now
	}
	h.next = at.Add(every)
	h.mu.Unlock()
	if at.Equal(now) {
		return nil
	}
	t := time.NewTimer(at.Sub(now))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// final says that trying again would not help.
func final(err error) bool {
	return errors.Is(err, ErrOrigin) || errors.Is(err, ErrAddress) || errors.Is(err, ErrHeader) || errors.Is(err, ErrMethod)
}

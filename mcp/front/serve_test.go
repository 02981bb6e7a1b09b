package front

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipeListener accepts connections without a network, so that they can be in a bubble.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error { l.once.Do(func() { close(l.closed) }); return nil }

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

// slowHandler takes a time for each request, unless that is cancelled.
type slowHandler struct {
	takes     time.Duration
	cancelled chan struct{}
	closed    int
}

func (h *slowHandler) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(h.takes):
	case <-r.Context().Done():
		close(h.cancelled)
	}
}

func (h *slowHandler) Close() { h.closed++ }

// At the end, Serve lets requests finish for five seconds and cancels the others.
func TestServeWaitsForRequests(t *testing.T) {
	for _, tt := range []struct {
		name          string
		takes, waits  time.Duration
		wantsResponse bool
	}{
		{"short", 3 * time.Second, 3 * time.Second, true},
		{"long", time.Minute, 5 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { serveSlowly(t, tt.takes, tt.waits, tt.wantsResponse) })
		})
	}
}

func serveSlowly(t *testing.T, takes, waits time.Duration, wantsResponse bool) {
	l, h := newPipeListener(), &slowHandler{takes: takes, cancelled: make(chan struct{})}
	f := must(NewHandler(Config{Addr: l.Addr(), NoToken: true}, map[string]Handler{DefaultPath: h}))
	ctx, end := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- f.Serve(ctx, l) }()
	client, conn := net.Pipe()
	defer client.Close()
	l.conns <- conn
	responded := make(chan bool, 1)
	go func() {
		req, err := http.NewRequest("GET", "http://127.0.0.1:1"+DefaultPath, nil)
		if err == nil {
			err = req.Write(client)
		}
		if err == nil {
			_, err = http.ReadResponse(bufio.NewReader(client), req)
		}
		responded <- err == nil
	}()
	synctest.Wait() // until the handler has the request
	begin := time.Now()
	end()
	if err := <-served; err != nil {
		t.Error(err)
	}
	// Shutdown looks at the connections every half second at least.
	if d := time.Since(begin); d < waits || d > waits+time.Second {
		t.Errorf("Serve returned after %s, want %s", d, waits)
	}
	if h.closed != 1 {
		t.Errorf("the handler was closed %d times", h.closed)
	}
	if got := <-responded; got != wantsResponse {
		t.Errorf("got a response: %v, want %v", got, wantsResponse)
	}
	if !wantsResponse {
		<-h.cancelled
	}
}

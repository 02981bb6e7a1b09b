package httpserver

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// TestServe ends a server while a request runs: what the server waits for, and how long.
func TestServe(t *testing.T) {
	for _, tt := range []struct {
		name            string
		answers         bool // a second after the server began to end
		stream          bool // is answered once end has been called
		want            string
		atLeast, atMost time.Duration
	}{
		{"an answer that comes", true, false, "answer", time.Second, 2 * time.Second},
		{"a stream", false, true, "answer", 0, time.Second},
		{"no answer", false, false, "", 5 * time.Second, 6 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				streams, endStreams := context.WithCancel(context.Background())
				defer endStreams()
				begun := make(chan struct{})
				s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					close(begun)
					switch {
					case tt.answers:
						<-ctx.Done()
						time.Sleep(time.Second)
					case tt.stream:
						<-streams.Done()
					default:
						<-r.Context().Done()
						return
					}
					io.WriteString(w, "answer")
				})}
				l := newPipes()
				served, ends := make(chan error, 1), 0
				go func() {
					served <- Serve(ctx, s, l, 5*time.Second, func(context.Context) { ends++; endStreams() })
				}()
				answered := make(chan string, 1)
				go func() {
					client := http.Client{Transport: &http.Transport{DialContext: l.dial, DisableKeepAlives: true}}
					resp, err := client.Get("http://server.example/")
					if err != nil {
						answered <- ""
						return
					}
					defer resp.Body.Close()
					text, _ := io.ReadAll(resp.Body)
					answered <- string(text)
				}()
				<-begun
				start := time.Now()
				stop()
				err := <-served
				if took := time.Since(start); err != nil || took < tt.atLeast || took > tt.atMost {
					t.Errorf("ended after %v with %v, want %v to %v", took, err, tt.atLeast, tt.atMost)
				}
				if text := <-answered; text != tt.want || ends != 1 {
					t.Errorf("the client got %q, and end was called %d times; want %q, once", text, ends, tt.want)
				}
			})
		})
	}
}

// TestServeTLS speaks TLS with the certificate of the server, and ends without a function to call.
func TestServeTLS(t *testing.T) {
	sample := httptest.NewUnstartedServer(nil)
	sample.StartTLS()
	defer sample.Close()
	l := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	ctx, stop := context.WithCancel(t.Context())
	s := &http.Server{TLSConfig: sample.TLS.Clone(), Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS != nil)
	})}
	served := make(chan error, 1)
	go func() { served <- Serve(ctx, s, l, time.Minute, nil) }()
	resp := must.Get(sample.Client().Get("https://" + l.Addr().String()))
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	sample.Client().CloseIdleConnections()
	stop()
	if err := <-served; err != nil || string(text) != "true" {
		t.Errorf("over TLS: %s; ended with %v", text, err)
	}
}

// pipes is a listener of connections in memory, whose waits synctest sees.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() *pipes {
	closed := make(chan struct{})
	return &pipes{make(chan net.Conn), closed, sync.OnceFunc(func() { close(closed) })}
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { p.close(); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

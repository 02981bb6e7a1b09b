package capture_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/elazarl/goproxy"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/store"
)

// BenchmarkProxy compares the proxy, which records into a store, with bare goproxy, which decrypts
// and records nothing. Client, upstream and machine are the same.
func BenchmarkProxy(b *testing.B) {
	up := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Path[1:])
		w.Header().Set("Content-Length", strconv.Itoa(n))
		w.Write(zeros[:n])
	}))
	defer up.Close()
	roots := x509.NewCertPool()
	roots.AddCert(up.Certificate())
	ca, _, err := certs.LoadOrCreate(b.TempDir())
	noError(b, err)
	ours, stop := recording(b, ca, roots)
	defer stop()
	bare := bareProxy(b, ca, roots)
	for _, size := range []int{1 << 10, 16 << 10, 1 << 20} {
		for _, p := range []struct{ name, addr string }{{"bare", bare}, {"ours", ours}} {
			b.Run(fmt.Sprintf("%dKB/%s", size>>10, p.name), func(b *testing.B) {
				b.SetBytes(int64(size))
				drive(b, p.addr, up.URL, size, ca)
			})
		}
	}
}

var zeros [1 << 20]byte

// drive sends b.N requests over 8 connections.
func drive(b *testing.B, addr, target string, size int, ca *certs.Authority) {
	u, _ := url.Parse(target)
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root())
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 8 {
		wg.Go(func() {
			raw, err := net.Dial("tcp", addr)
			if err != nil {
				b.Error(err)
				return
			}
			defer raw.Close()
			fmt.Fprintf(raw, "CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\n", u.Host)
			br := bufio.NewReader(raw)
			if resp, err := http.ReadResponse(br, &http.Request{Method: "CONNECT"}); err != nil ||
				resp.StatusCode != 200 {
				b.Error(err)
				return
			}
			c := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: u.Hostname()})
			br = bufio.NewReaderSize(c, 32<<10)
			for left.Add(-1) >= 0 {
				fmt.Fprintf(c, "GET /%d HTTP/1.1\r\nHost: %s\r\n\r\n", size, u.Host)
				resp, err := http.ReadResponse(br, nil)
				if err != nil {
					b.Error(err)
					return
				}
				if n, err := io.Copy(io.Discard, resp.Body); n != int64(size) || err != nil {
					b.Error(n, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// recording starts a proxy that records into a new store and returns its address. stop shuts it
// down and reports lost flows.
func recording(b *testing.B, ca *certs.Authority, roots *x509.CertPool) (addr string, stop func()) {
	db, err := store.Open(filepath.Join(b.TempDir(), "flows.db"), store.Options{Create: true})
	noError(b, err)
	q, err := capture.NewQueue(capture.QueueConfig{Store: db})
	noError(b, err)
	p, err := capture.New(capture.Config{Sink: q, Certificates: ca, Roots: roots})
	noError(b, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(b, err)
	go p.Serve(l)
	return l.Addr().String(), func() {
		p.Shutdown(context.Background())
		q.Close(context.Background())
		if s := q.Stats(); s.Lost > 0 || s.BodiesLost > 0 || p.Stats().BodiesLost > 0 {
			b.Errorf("lost: %+v", s)
		}
		db.Close()
	}
}

// leaves is a certificate cache for goproxy, which would otherwise mint a certificate for each
// connection.
type leaves struct{ m sync.Map }

func (l *leaves) Fetch(host string, mint func() (*tls.Certificate, error)) (*tls.Certificate, error) {
	v, _ := l.m.LoadOrStore(host, sync.OnceValues(mint))
	return v.(func() (*tls.Certificate, error))()
}

// bareProxy starts goproxy with its own request loop, tuned as far as its exported settings allow.
func bareProxy(b *testing.B, ca *certs.Authority, roots *x509.CertPool) (addr string) {
	g := goproxy.NewProxyHttpServer()
	g.CertStore = &leaves{}
	g.KeepAcceptEncoding = true
	g.Tr.TLSClientConfig = &tls.Config{RootCAs: roots}
	g.Tr.MaxIdleConnsPerHost, g.Tr.DisableCompression = 256, true
	tlsConfig := func(host string, _ *goproxy.ProxyCtx) (*tls.Config, error) {
		return &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name, _, err := net.SplitHostPort(host)
			if err != nil {
				name = host
			}
			return ca.Certificate(name)
		}}, nil
	}
	action := &goproxy.ConnectAction{Action: goproxy.ConnectMitm, TLSConfig: tlsConfig}
	g.OnRequest().HandleConnectFunc(func(host string, _ *goproxy.ProxyCtx) (*goproxy.ConnectAction, string) {
		return action, host
	})
	s := httptest.NewServer(g)
	b.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

package capture_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// A full disk holds no exchange up and breaks none; what was lost is counted, and the store opens clean.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db, err := store.Open(path, store.Options{Create: true, MaxSize: 32 << 20})
	if err != nil {
		t.Fatal(err)
	}
	q, err := capture.NewQueue(capture.QueueConfig{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p, err := capture.New(capture.Config{Sink: q, Certificates: ca})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go p.Serve(l)
	data := make([]byte, 1<<20)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rand.Read(data[:512]) // none is like another
		w.Write(data)
	}))
	defer up.Close()
	rand.Read(data)
	tr := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr().String()})}
	client := &http.Client{Transport: tr}
	u, _ := url.Parse(up.URL)
	const count = 64
	for range count {
		resp, err := client.Get("http://up.localhost:" + u.Port() + "/") // net/http uses no proxy for an address
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if n != int64(len(data)) || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	tr.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := errors.Join(p.Shutdown(ctx), q.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	s := q.Stats()
	if s.Lost == 0 || s.Lost == count || s.Stored+s.Lost != count {
		t.Errorf("%+v", s)
	}
	stat, err := db.Stat(ctx)
	if err != nil || stat.Flows != s.Stored {
		t.Errorf("%d flows in the store, %d were stored; %v", stat.Flows, s.Stored, err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(path, store.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if r, err := again.Verify(ctx); err != nil || !r.OK() {
		t.Errorf("verify: %+v, %v", r, err)
	}
}

// flaky is a store that fails now and then.
type flaky struct {
	n      atomic.Int64
	stored atomic.Int64
}

func (s *flaky) Append(_ context.Context, fs ...flow.Flow) (flow.Seq, error) {
	if s.n.Add(1)%3 == 0 {
		return 0, errors.New("now and then")
	}
	return flow.Seq(s.stored.Add(int64(len(fs)))), nil
}

// Every flow is stored or counted as lost, however the store behaves.
func TestNothingGoesUncounted(t *testing.T) {
	st := &flaky{}
	q, err := capture.NewQueue(capture.QueueConfig{Store: st})
	if err != nil {
		t.Fatal(err)
	}
	const count = 5000
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			for range count / 4 {
				q.Record(context.Background(), flow.Flow{ID: flow.NewID(), Done: true})
			}
		}()
	}
	for range 4 {
		<-done
	}
	if err := q.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := q.Stats(); s.Stored+s.Lost != count || s.Stored != st.stored.Load() || s.Queued != 0 {
		t.Errorf("%+v, and the store has %d", s, st.stored.Load())
	}
}

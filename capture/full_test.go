package capture_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spectap/spectap/capture"
	"github.com/spectap/spectap/certs"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// recorder is a proxy that records into a store, and a client that uses it.
type recorder struct {
	db     *store.DB
	queue  *capture.Queue
	proxy  *capture.Proxy
	client *http.Client
}

// newRecorder opens the store at path with o and starts a proxy that records into it through a
// queue.
func newRecorder(t *testing.T, path string, o store.Options, cfg capture.QueueConfig) *recorder {
	t.Helper()
	ok := func(err error) {
		t.Helper()
		noError(t, err)
	}
	r := &recorder{}
	var err error
	r.db, err = store.Open(path, o)
	ok(err)
	cfg.Store = r.db
	r.queue, err = capture.NewQueue(cfg)
	ok(err)
	ca, _, err := certs.LoadOrCreate(t.TempDir())
	ok(err)
	r.proxy, err = capture.New(capture.Config{Sink: r.queue, Certificates: ca})
	ok(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ok(err)
	go r.proxy.Serve(l)
	r.client = &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: l.Addr().String()}), MaxIdleConnsPerHost: 16,
	}}
	return r
}

// drain shuts the proxy down and stores the queued flows.
func (r *recorder) drain(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r.client.CloseIdleConnections()
	noError(t, errors.Join(r.proxy.Shutdown(ctx), r.queue.Close(ctx)))
}

// urlByName returns the URL of a local server by host name, since net/http uses no proxy for a
// loopback address.
func urlByName(s *httptest.Server) string {
	return strings.Replace(s.URL, "127.0.0.1", "up.localhost", 1)
}

// TestDiskFull checks that a full store neither delays nor breaks exchanges, that the lost flows
// are counted, and that the store passes verification afterwards.
func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	// On a slow machine too, each flow is one record.
	r := newRecorder(t, path, store.Options{Create: true, MaxSize: 32 << 20}, capture.QueueConfig{Settle: time.Minute})
	data := make([]byte, 1<<20)
	rand.Read(data)
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rand.Read(data[:512]) // every body is different
		w.Write(data)
	}))
	defer up.Close()
	const count = 64
	for range count {
		resp, err := r.client.Get(urlByName(up))
		noError(t, err)
		n, err := io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if n != int64(len(data)) || err != nil {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	r.drain(t)
	s := r.queue.Stats()
	if s.Lost == 0 || s.Lost == count || s.Stored+s.Lost != count {
		t.Errorf("%+v", s)
	}
	stat, err := r.db.Stat(context.Background())
	if err != nil || stat.Flows != s.Stored {
		t.Errorf("the store has %d flows, the queue stored %d; %v", stat.Flows, s.Stored, err)
	}
	var lost int64
	for _, l := range stat.Losses {
		lost += l.Flows
	}
	if lost != s.Lost {
		t.Errorf("the store has noted %d lost flows, want %d", lost, s.Lost)
	}
	noError(t, r.db.Close())
	again, err := store.Open(path, store.Options{ReadOnly: true})
	noError(t, err)
	defer again.Close()
	if report, err := again.Verify(context.Background()); err != nil || !report.OK() {
		t.Errorf("verify: %+v, %v", report, err)
	}
}

// TestEverythingIsStored checks that every exchange made under load is stored with its bodies byte
// for byte, although buffers are reused.
func TestEverythingIsStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	r := newRecorder(t, path, store.Options{Create: true},
		capture.QueueConfig{Budget: 8 << 20, Settle: time.Millisecond, MaxWait: time.Minute})
	defer r.db.Close()
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		slices.Reverse(b)
		w.Write(b)
	}))
	defer up.Close()
	const workers, each = 8, 20
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range each {
				url := fmt.Sprintf("%s/%d/%d", urlByName(up), worker, i)
				resp, err := r.client.Post(url, "application/octet-stream", bytes.NewReader(bodyOf(worker, i)))
				if err != nil {
					t.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
	r.drain(t)
	n := 0
	for f, err := range r.db.Scan(context.Background(), store.Query{}) {
		noError(t, err)
		n++
		var worker, i int
		fmt.Sscanf(f.Request.Path, "/%d/%d", &worker, &i)
		want := bodyOf(worker, i)
		if !bytes.Equal(f.Request.Body.Data, want) {
			t.Errorf("%s: the request body differs", f.Request.Path)
		}
		slices.Reverse(want)
		if !f.Done || f.Response == nil || !bytes.Equal(f.Response.Body.Data, want) {
			t.Errorf("%s: the response differs", f.Request.Path)
		}
	}
	if n != workers*each {
		t.Errorf("%d flows stored, of %d; %+v, %+v", n, workers*each, r.proxy.Stats(), r.queue.Stats())
	}
}

// bodyOf returns a body of up to 300 KB that is unique to its arguments.
func bodyOf(worker, i int) []byte {
	r := mrand.NewChaCha8([32]byte{byte(worker), byte(i)})
	b := make([]byte, r.Uint64()%(300<<10))
	r.Read(b)
	return b
}

// flaky is a store that fails every third Append.
type flaky struct {
	n      atomic.Int64
	stored atomic.Int64
	noted  atomic.Int64
}

func (s *flaky) Append(_ context.Context, fs ...flow.Flow) (flow.Seq, error) {
	if s.n.Add(1)%3 == 0 {
		return 0, errors.New("every third append fails")
	}
	return flow.Seq(s.stored.Add(int64(len(fs)))), nil
}

func (s *flaky) NoteLoss(_ context.Context, flows int64, _, _ time.Time) error {
	s.noted.Add(flows)
	return nil
}

// TestEveryFlowIsCounted checks that each flow is counted as stored or as lost when the store fails
// at times.
func TestEveryFlowIsCounted(t *testing.T) {
	st := &flaky{}
	q, err := capture.NewQueue(capture.QueueConfig{Store: st})
	noError(t, err)
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
	noError(t, q.Close(context.Background()))
	if s := q.Stats(); s.Stored+s.Lost != count || s.Stored != st.stored.Load() || s.Lost != st.noted.Load() ||
		s.Queued != 0 {
		t.Errorf("%+v, but the store has %d flows and noted %d losses", s, st.stored.Load(), st.noted.Load())
	}
}

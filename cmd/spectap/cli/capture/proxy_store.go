package capture

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/page/traffic"
	"github.com/spectap/spectap/rules"
	"github.com/spectap/spectap/store"
)

// flushWait limits the time that a reader waits for the queue.
const flushWait = 2 * time.Second

// flushedStore is the store of a proxy as other processes use it. Reads flush the queue first, so
// that readers see everything recorded before their call. A change of the rules takes effect at
// once.
type flushedStore struct {
	*store.DB
	tap *Tap
}

func (s flushedStore) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushWait)
	defer cancel()
	s.tap.queue.Flush(ctx) // on a timeout, readers see the flows stored so far
}

// Get implements [store.Reader]. A response that is still being received is returned as it is at
// the time of the call.
func (s flushedStore) Get(ctx context.Context, seq flow.Seq) (flow.Flow, error) {
	s.flush(ctx)
	f, err := s.DB.Get(ctx, seq)
	if err != nil || !s.tap.proxy.RecordProgress(f.ID) {
		return f, err
	}
	s.flush(ctx)
	return s.DB.Get(ctx, seq)
}

// Scan implements [store.Reader]. A scan of records that Stat has reported does not flush again,
// since queued records come after them. Each flush is a commit, and readers that follow the log
// call Stat and Scan several times a second.
func (s flushedStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if q.Until == 0 || q.Until > flow.Seq(s.tap.reported.Load()) {
			s.flush(ctx)
		}
		s.DB.Scan(ctx, q)(yield)
	}
}

// Stat implements [store.Reader].
func (s flushedStore) Stat(ctx context.Context) (store.Stat, error) {
	s.flush(ctx)
	st, err := s.DB.Stat(ctx)
	if err == nil {
		s.tap.reported.Store(uint64(st.Last)) // a value that is too low costs a flush
	}
	return st, err
}

func (s flushedStore) Snapshot(ctx context.Context, w io.Writer) error {
	s.flush(ctx)
	return s.DB.Snapshot(ctx, w)
}

func (s flushedStore) Delete(ctx context.Context, q store.Query) (int, error) {
	s.flush(ctx)
	return s.DB.Delete(ctx, q)
}

// Reader implements [control.Store].
func (s flushedStore) Reader() store.Reader { return s }

// LoadModel implements [store.Models]. The learner saves its model first. Messages held by rules
// are not in the file.
func (s flushedStore) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if strings.HasPrefix(name, rules.StateName) {
		data, err := s.tap.rules.live.Show(name)
		return data, store.Basis{}, err
	}
	if l := s.tap.learner; l != nil && name == catalog.ModelName {
		l.Save(ctx)
	}
	return s.DB.LoadModel(ctx, name)
}

// SaveModel implements [store.Models]. Only this process writes the file, so every change of the
// rules passes through it.
func (s flushedStore) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	switch name {
	case rules.ModelName:
		return s.tap.rules.save(ctx, s.DB, data, basis)
	case rules.DecisionName:
		var d rules.Decision
		if err := json.Unmarshal(data, &d); err != nil {
			return fmt.Errorf("read a decision: %w", err)
		}
		return s.tap.rules.live.Decide(d)
	}
	return s.DB.SaveModel(ctx, name, data, basis)
}

// ownStore is the store of a proxy as the page in its process reads it. Closing it does not close
// the store.
type ownStore struct{ flushedStore }

func (ownStore) Close() error { return nil }

// openForPage opens the store for the page. A store that this process owns is read directly, since
// the control socket costs a busy proxy more than the reads themselves. Otherwise p opens the
// store.
func (t *Tap) openForPage(p *cli.Program) func(store.Options) (control.Store, error) {
	return func(o store.Options) (control.Store, error) {
		db, owner := t.store.(*store.DB)
		if !owner || t.hub != nil || t.ended.Load() || !o.ReadOnly {
			return p.Open(o)
		}
		own := ownStore{flushedStore{db, t}}
		if p.Global.Session == "" {
			return own, nil
		}
		return p.ViewSession(own)
	}
}

// recorder describes the proxy for the page.
func (t *Tap) recorder(o *TapOptions) traffic.Recorder {
	address := t.Listener.Addr().String()
	if a, err := netip.ParseAddrPort(address); err == nil && a.Addr().IsUnspecified() {
		address = net.JoinHostPort("127.0.0.1", strconv.Itoa(int(a.Port())))
	}
	ca, err := filepath.Abs(t.CA.CertPath())
	if err != nil {
		ca = t.CA.CertPath()
	}
	return traffic.Recorder{Proxy: address, CA: ca, Upstream: o.reverse}
}

// tapRules holds the rules of a tap. They are saved in its store.
type tapRules struct {
	live rules.Live
	log  *slog.Logger

	mu   sync.Mutex // serializes load and save; guards last
	last []byte     // encoding of the rules in live
}

// load replaces the rules with those of the store. Invalid rules are logged and do not stop
// traffic.
func (t *tapRules) load(ctx context.Context, st store.Models) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reload(ctx, st)
}

// reload is load for a caller that holds mu.
func (t *tapRules) reload(ctx context.Context, st store.Models) {
	data, _, err := st.LoadModel(ctx, rules.ModelName)
	if err == nil {
		t.last = data
		err = t.live.Load(data)
	}
	if err != nil {
		t.log.Warn("some rules are not used", "err", err)
	}
}

// rulesInterval is the time between checks for changed rules in a tap that does not own its store.
const rulesInterval = time.Second

// follow loads changed rules from a store that another process owns, until ctx is done or that
// process ends. The last rules then stay in force.
func (t *tapRules) follow(ctx context.Context, st store.Models) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	cli.Every(ctx, rulesInterval, func() {
		data, _, err := st.LoadModel(ctx, rules.ModelName)
		if err != nil {
			if ctx.Err() == nil {
				t.log.Warn("following changes of rules has ended", "err", err)
			}
			end()
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		if !bytes.Equal(data, t.last) {
			t.reload(ctx, st)
		}
	})
}

// save saves the rules in the store and loads them.
func (t *tapRules) save(ctx context.Context, st store.Models, data []byte, basis store.Basis) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := st.SaveModel(ctx, rules.ModelName, data, basis); err != nil {
		return err
	}
	t.reload(ctx, st)
	return nil
}

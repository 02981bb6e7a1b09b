package natshub_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// direct connects to a hub without natslog.
func direct(t *testing.T, h *natshub.Hub) (*nats.Conn, jetstream.Stream) {
	t.Helper()
	nc := must.Get(nats.Connect(h.Addr().String()))
	t.Cleanup(nc.Close)
	js := must.Get(jetstream.New(nc))
	s := must.Get(js.Stream(t.Context(), natslog.StreamName("team")))
	return nc, s
}

// TestLimits checks that a log has the limits of a hub without users, although a client makes it.
func TestLimits(t *testing.T) {
	for _, cfg := range []natshub.Config{{KeepAge: time.Hour, KeepBytes: 1 << 20}, {KeepAge: time.Hour}, {KeepBytes: 1 << 20}} {
		h := start(t, cfg)
		open(t, h, natslog.Config{})
		_, s := direct(t, h)
		for {
			info := must.Get(s.Info(t.Context()))
			if (cfg.KeepAge == 0 || info.Config.MaxAge == cfg.KeepAge) && (cfg.KeepBytes == 0 || info.Config.MaxBytes == cfg.KeepBytes) {
				break
			}
		}
	}
}

// TestHalfBatch leaves a part of a block in the log, as a server does that is killed while it
// stores a batch. The block is not there, and its source sends it again.
func TestHalfBatch(t *testing.T) {
	h := start(t, natshub.Config{})
	l := open(t, h, natslog.Config{})
	ctx := t.Context()
	const source = "pod.00000001"
	pos := must.Get(l.Append(ctx, &relay.Entry{Source: source, Last: 3, Data: []byte("x")}, 0))
	nc, s := direct(t, h)
	all := must.Get(s.GetMsg(ctx, uint64(pos)))
	part := nats.NewMsg(all.Subject)
	part.Header.Set("Spectap-After", "3")
	part.Header.Set("Spectap-Last", "9")
	part.Header.Set("Spectap-Part", "1/3")
	must.Get(nc.RequestMsgWithContext(ctx, part))
	newest, err := l.Newest(ctx, source)
	if err != nil || newest.Last != 3 || newest.Position != pos+1 {
		t.Errorf("newest block: %v, %v; want numbers to 3 at %d", newest, err, pos+1)
	}
	must.Get(l.Append(ctx, &relay.Entry{Source: source, After: 3, Last: 9, Data: make([]byte, 2<<20)}, newest.Position))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var last uint64
	for e, err := range l.Entries(ctx, -1, 0) {
		if err != nil || e.After != last || e.Source != source {
			t.Fatalf("got %v, %v after number %d", e, err, last)
		}
		if last = e.Last; last == 9 {
			break
		}
	}
}

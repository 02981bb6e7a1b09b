package hub

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/store"
)

// stats is a store of which only the state is read.
type stats struct {
	store.Reader
	stat store.Stat
	err  error
}

func (s stats) Stat(context.Context) (store.Stat, error) { return s.stat, s.err }

// down is the log of a hub that does not answer.
type down struct{ relay.Log }

func (down) Get(context.Context, string) ([]relay.Value, error) { return nil, errors.New("no answer") }

// unconnected is a log without a connection.
type unconnected struct{ relay.Log }

func (unconnected) Connected() bool { return false }

// connected is a log with a connection.
type connected struct{ relay.Log }

func (connected) Connected() bool { return true }

func TestState(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log := logtest.NewMemoryLog(1, logtest.Faults{})
	for _, s := range []relay.SourceStatus{
		{Source: "busy", Recorded: 9, Sent: 5, At: at},
		{Source: "calm", Recorded: 10, Sent: 10, Released: 9, At: at},
		{Source: "ended", Recorded: 3, Sent: 3, Ended: true, At: at},
		{Source: "gone", Recorded: 6, Sent: 5, Ended: true, At: at},
		{Source: "holed", Recorded: 7, Sent: 7, At: at},
		{Source: "lossy", Recorded: 6, Sent: 6, Lost: 1, At: at},
		{Source: "stuck", Recorded: 6, Sent: 6, Err: "refused", At: at},
		{Source: "torn", Recorded: 6, Sent: 6, At: at},
	} {
		data := must.Get(json.Marshal(s))
		must.Get(log.Put(t.Context(), "sources/"+s.Source, relay.Anything, data))
	}
	have := store.Stat{Bytes: 4096, Last: 12, Losses: []store.Loss{{Flows: 3}}, Sources: map[string]store.Applied{
		"calm": {Last: 10, At: at}, "holed": {Last: 4, At: at},
	}}
	done := func() relay.FollowerStatus {
		return relay.FollowerStatus{Bytes: 77, Gaps: map[string]uint64{"holed": 4, "torn": 6}}
	}
	for _, tt := range []struct {
		name string
		cfg  Config
		want State
	}{
		{"no hub", Config{Store: stats{}}, State{Sources: []Source{}}},
		{"a log", Config{Address: "nats://h/t", Log: log, Done: done}, State{
			Kind: Log, Address: "nats://h/t", Here: 4096, Read: 77, Sources: []Source{
				{Name: "holed", Recorded: 7, Sent: 7, Here: 4, Behind: 3, Gap: true, Seen: at},
				{Name: "stuck", Recorded: 6, Sent: 6, Behind: 6, Err: "refused", Seen: at},
				{Name: "torn", Recorded: 6, Sent: 6, Behind: 6, Gap: true, Seen: at},
				{Name: "lossy", Recorded: 6, Sent: 6, Lost: 1, Behind: 6, Seen: at},
				{Name: "gone", Recorded: 6, Sent: 5, Lag: 1, Ended: true, Behind: 5, Seen: at},
				{Name: "busy", Recorded: 9, Sent: 5, Lag: 4, Behind: 5, Seen: at},
				{Name: "calm", Recorded: 10, Sent: 10, Released: 9, Here: 10, Seen: at},
				{Name: "ended", Recorded: 3, Sent: 3, Ended: true, Behind: 3, Seen: at},
			},
		}},
		{"a log with a connection", Config{Log: connected{logtest.NewMemoryLog(1, logtest.Faults{})}, Done: done}, State{
			Kind: Log, Here: 4096, Read: 77, Sources: []Source{},
		}},
		{"a log that does not answer", Config{Address: "nats://h/t", Log: down{log}, Done: done}, State{
			Kind: Log, Address: "nats://h/t", Here: 4096, Error: "read the state of the hub: read the sources of the log: no answer",
			Sources: []Source{{Name: "calm", Here: 10, Seen: at}, {Name: "holed", Here: 4, Seen: at}},
		}},
		{"a log without a connection", Config{Address: "nats://h/t", Log: unconnected{log}, Done: done}, State{
			Kind: Log, Address: "nats://h/t", Here: 4096, Error: "no server of it answers",
			Sources: []Source{{Name: "calm", Here: 10, Seen: at}, {Name: "holed", Here: 4, Seen: at}},
		}},
		{"the store of a hub", Config{}, State{
			Kind: Store, Here: 4096, Sources: []Source{{Name: "calm", Here: 10, Seen: at}, {Name: "holed", Here: 4, Seen: at}},
		}},
		{"a spool", Config{Address: "nats://h/t", Sending: func() relay.SourceStatus {
			return relay.SourceStatus{Source: "me", Recorded: 11, Sent: 9, Lost: 1, Err: "no server answers"}
		}}, State{
			Kind: Spool, Address: "nats://h/t", Here: 4096,
			Sources: []Source{{Name: "me", Recorded: 12, Sent: 9, Lag: 3, Lost: 4, Here: 12, Err: "no server answers"}},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.cfg.Store == nil {
				tt.cfg.Store = stats{stat: have}
			}
			p := &panel{tt.cfg}
			got := must.Get(p.now(t.Context()))
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("state:\n%+v\nwant:\n%+v", got, tt.want)
			}
			if is, err := p.present(t.Context(), wire.None{}); err != nil || is.Kind != tt.want.Kind {
				t.Errorf("present: %v, %v; want %q", is, err, tt.want.Kind)
			}
		})
	}
}

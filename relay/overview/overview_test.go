package overview_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/memlog"
	"github.com/spectap/spectap/relay/overview"
	"github.com/spectap/spectap/store"
)

// hub is a log that knows how many bytes it holds.
type hub struct {
	*memlog.Log
	bytes uint64
	err   error
}

func (h hub) Stored(context.Context) (uint64, error) { return h.bytes, h.err }

// head returns what a worker of the first version committed.
func head(t *testing.T, position, marks uint64, model string) []byte {
	t.Helper()
	b := binary.AppendUvarint(binary.AppendUvarint(nil, position), marks)
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	for i := range marks {
		text("source" + string(rune('a'+i)))
		b = binary.AppendUvarint(binary.AppendUvarint(b, 1), 1)
	}
	text(model)
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	return enc.EncodeAll(b, []byte{1})
}

// TestRead checks what is said of a log, its sources and its models.
func TestRead(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	log := memlog.New(1, memlog.Faults{})
	put := func(key string, data []byte) {
		t.Helper()
		if _, err := log.Put(t.Context(), key, relay.Anything, data); err != nil {
			t.Fatal(err)
		}
	}
	empty, err := overview.Read(t.Context(), log, relay.FollowerStatus{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := json.Marshal(empty); err != nil || string(text) != `{"bytes_read":0,"sources":[],"models":[]}` {
		t.Errorf("of an empty log: %s, %v", text, err)
	}
	a, b := relay.SourceStatus{Source: "a", Recorded: 9, Sent: 8, At: at}, relay.SourceStatus{Source: "b", Recorded: 3, Sent: 3, At: at}
	for _, s := range []relay.SourceStatus{a, b} {
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		put("sources/"+s.Source, data)
	}
	put("heads/3", head(t, 70, 2, "model"))
	put("heads/5", nil)
	done := relay.FollowerStatus{Bytes: 77, Gaps: map[string]uint64{"b": 1}}
	have := map[string]store.Applied{"a": {Last: 6}}
	got, err := overview.Read(t.Context(), hub{log, 4096, nil}, done, have)
	want := &overview.Overview{
		Read: 77, Stored: 4096, Sources: []overview.Source{{SourceStatus: a, Here: 6}, {SourceStatus: b, Gap: true}},
		Models: []overview.Model{{Partition: 3, Sources: 2, Bytes: 5, Position: 70}, {Partition: 5}},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v\nwant %+v", got, err, want)
	}

	broken := errors.New("no answer")
	if o, err := overview.Read(t.Context(), hub{log, 4096, broken}, done, have); o != nil || !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "read the state of the hub: ") {
		t.Errorf("a hub that does not say its size: %+v, %v", o, err)
	}
	put("heads/5", []byte{99})
	if list, err := overview.Models(t.Context(), log); list != nil || !errors.Is(err, relay.ErrVersion) || !strings.HasPrefix(err.Error(), "read the state of the hub: ") {
		t.Errorf("a newer model: %+v, %v", list, err)
	}
	if o, err := overview.Read(t.Context(), log, done, have); o != nil || !errors.Is(err, relay.ErrVersion) {
		t.Errorf("a newer model: %+v, %v", o, err)
	}
	if o, err := overview.Sources(t.Context(), log, done, have); err != nil || len(o.Sources) != 2 || o.Models == nil || o.Stored != 0 {
		t.Errorf("the sources are not read without the models: %+v, %v", o, err)
	}
	lost := hub{memlog.New(1, memlog.Faults{LoseRequest: 1}), 4096, nil}
	if o, err := overview.Sources(t.Context(), lost, done, have); o != nil || !errors.Is(err, memlog.ErrFault) {
		t.Errorf("a hub that does not answer: %+v, %v", o, err)
	}
}

package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// messages returns n messages of a WebSocket.
func messages(n int) []flow.Message {
	var out []flow.Message
	for i := range n {
		data := bytes.Repeat([]byte{'a' + byte(i%26)}, i*40)
		if len(data) == 0 {
			data = nil
		}
		out = append(out, flow.Message{
			At: time.Duration(i) * time.Millisecond, FromClient: i%2 == 0, Kind: flow.Text + flow.MessageKind(i%2),
			Data: data, Size: int64(len(data) + i%3), Truncated: i%3 > 0,
		})
	}
	return out
}

// testMessages stores a growing WebSocket, one without data, and an imported one.
func testMessages(t *testing.T, s store.Store) {
	open := sample(0)
	open.Done = false
	open.Messages = messages(3)
	mustAppend(t, s, open)
	open.Messages = messages(60)
	mustAppend(t, s, open)
	done := open
	done.Done = true
	done.Messages = messages(90)
	ping := sample(1)
	ping.Messages = []flow.Message{{Kind: flow.Ping}, {At: 5, Kind: flow.Pong, FromClient: true}}
	mustAppend(t, s, done, ping)
	im := must.Get(s.Import(t.Context(), "import:x"))
	imported := sample(2)
	imported.Messages = messages(7)
	must.Do(t, im.Append(t.Context(), imported))
	must.Do(t, im.Commit(t.Context()))
	imported.Import = im.Number()
	want := []flow.Flow{done, ping, imported}
	got := collect(t, s, store.Query{})
	if len(got) != len(want) {
		t.Fatalf("%d flows, want %d", len(got), len(want))
	}
	for i, f := range got {
		equal(t, f, want[i], f.Seq, f.Last)
		one := must.Get(s.Get(t.Context(), f.Last))
		equal(t, one, want[i], f.Seq, f.Last)
	}
	for i, f := range collect(t, s, store.Query{NoBodies: true}) {
		w := want[i]
		resp := *w.Response
		w.Response, w.Messages = &resp, slices.Clone(w.Messages)
		w.Request.Body.Data, w.Response.Body.Data = nil, nil
		for j := range w.Messages {
			w.Messages[j].Data = nil
		}
		equal(t, f, w, f.Seq, f.Last)
	}
}

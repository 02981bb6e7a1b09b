package natshub_test

import (
	"bytes"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// TestRemoveLarge removes a value that needs several messages, and leaves none of them.
func TestRemoveLarge(t *testing.T) {
	h := start(t, natshub.Config{})
	l := open(t, h, natslog.Config{})
	const key = "days/3-abc"
	var revision uint64
	for n := range 2 { // the second uses other messages for its parts
		revision = must.Get(l.Put(t.Context(), key, relay.Anything, bytes.Repeat([]byte{byte(n)}, 2<<20)))
	}
	nc, _ := direct(t, h)
	js := must.Get(jetstream.New(nc))
	s := must.Get(js.Stream(t.Context(), natslog.StateName("team")))
	// Who still reads the first finds its three parts beside those of the second.
	if info, err := s.Info(t.Context()); err != nil || info.State.Msgs != 3+3+1 {
		t.Fatalf("%d messages, %v", info.State.Msgs, err)
	}
	must.Do(t, l.Remove(t.Context(), key, revision))
	if v, err := l.Get(t.Context(), key); err != nil || len(v) > 0 {
		t.Errorf("the value is there: %v", err)
	}
	info := must.Get(s.Info(t.Context()))
	if info.State.Msgs > 0 {
		t.Errorf("%d messages are left", info.State.Msgs)
	}
}

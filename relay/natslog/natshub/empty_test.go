package natshub_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// TestEmptyMessages reads a log in which a source has stored messages without header and data, each
// of which ends the answers to a request of a reader. Reading goes on at once: two heartbeats for
// each of them, after which the answers count as lost, would take longer than the test may.
func TestEmptyMessages(t *testing.T) {
	pod, podCreds := user(t, "blue", natslog.RoleSource, "pod1")
	reader, readerCreds := user(t, "blue", natslog.RoleReader, "reader")
	h := start(t, natshub.Config{Users: []natshub.User{pod, reader}})
	r := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: readerCreds, Timeout: time.Minute, Retry: true})
	waitForStreams(t, r)
	nc := connectWith(t, h, pod, podCreds)
	const count = 20
	for i := range count {
		for _, kind := range []string{fmt.Sprintf("flows.%d", relay.Partition("pod1.01")), "state.sources"} {
			must.Get(nc.Request(fmt.Sprintf("spectap.blue.%s.pod1.%02d", kind, i), nil, time.Minute))
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if list, err := relay.Statuses(ctx, r); err != nil || len(list) != count {
		t.Errorf("%d statuses, %v; want %d", len(list), err, count)
	}
	p := open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: podCreds, Retry: true})
	var position relay.Position
	for e, err := range r.Entries(ctx, -1, 0) {
		if err != nil {
			t.Fatalf("after %d: %v", position, err)
		}
		if position = e.Position; position == count { // messages stored while a reader waits come as well
			go p.Append(ctx, &relay.Entry{Source: "pod1.100", Last: 1, Data: []byte("x")}, 0)
		}
		if string(e.Data) == "x" {
			break
		}
	}
}

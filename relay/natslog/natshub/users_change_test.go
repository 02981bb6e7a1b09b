//go:build !race

// The server reads its options without a lock when it answers a direct get, which the race detector
// reports when they change: getDirectRequest in server/stream.go of nats-server 2.15.2.

package natshub_test

import (
	"errors"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// TestChangedUsers removes keys of a hub that runs and adds one again: who is connected with another
// key stays so.
func TestChangedUsers(t *testing.T) {
	pod1, pod1Creds := user(t, "blue", natslog.RoleSource, "pod1")
	pod2, pod2Creds := user(t, "blue", natslog.RoleSource, "pod2")
	worker, workerCreds := user(t, "blue", natslog.RoleWorker, "worker")
	h := start(t, natshub.Config{Users: []natshub.User{pod1, pod2, worker}})
	conn := func(creds string) *natslog.Log {
		return open(t, h, natslog.Config{Address: natslog.Address{Team: "blue"}, Creds: creds, Timeout: time.Minute, Retry: true})
	}
	waitForStreams(t, conn(workerCreds))
	ctx, p1 := t.Context(), conn(pod1Creds)
	const mine = "pod1.00000001"
	must.Get(p1.Append(ctx, &relay.Entry{Source: mine, Last: 3, Data: []byte("x")}, 0))
	a := natslog.Address{Servers: []string{h.Addr().String()}, Team: "blue"}
	must.Do(t, h.SetUsers([]natshub.User{pod1, worker}))
	if _, err := natslog.Open(ctx, natslog.Config{Address: a, Creds: pod2Creds}); !errors.Is(err, relay.ErrDenied) {
		t.Errorf("with a key that was removed: %v", err)
	}
	if _, err := p1.Newest(ctx, mine); err != nil {
		t.Errorf("after the change of users: %v", err)
	}
	nobody, renamed := natshub.User{Team: "blue", Role: natslog.RoleReader, Name: "x", Key: "no"}, worker
	renamed.Role = "other"
	for _, users := range [][]natshub.User{{pod1, worker, nobody}, {pod1, renamed}} {
		if err := h.SetUsers(users); err == nil {
			t.Errorf("the hub takes %+v", users)
		}
		if _, err := p1.Newest(ctx, mine); err != nil {
			t.Errorf("after a change that was refused: %v", err)
		}
	}
	for range 2 { // the second time, there is nobody to remove
		must.Do(t, h.SetUsers(nil))
	}
	for _, creds := range []string{"", workerCreds} {
		if _, err := natslog.Open(ctx, natslog.Config{Address: a, Creds: creds}); !errors.Is(err, relay.ErrDenied) {
			t.Errorf("with the credentials %q after all keys were removed: %v", creds, err)
		}
	}
	must.Do(t, h.SetUsers([]natshub.User{worker}))
	if vs, err := conn(workerCreds).Get(ctx, "marks/"+mine); err != nil || len(vs) != 0 {
		t.Errorf("with a key that was added again: %v, %v", vs, err)
	}
}

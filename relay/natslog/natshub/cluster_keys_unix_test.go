//go:build unix

package natshub_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// TestClusterOfKeys sends with the keys of two sources of a team to two nodes of a cluster, and
// reads what they sent at each node with the key of a worker, which also writes a value there.
func TestClusterOfKeys(t *testing.T) {
	names := []string{"pod1", "pod2"}
	var users []natshub.User
	var creds []string
	for i, role := range []natslog.Role{natslog.RoleSource, natslog.RoleSource, natslog.RoleWorker} {
		u, seed := user(t, "blue", role, append(names, "worker")[i])
		users, creds = append(users, u), append(creds, seed)
	}
	hubs := startNodes(t, 3, users)
	address := natslog.Address{Team: "blue", Replicas: len(hubs)}
	w := open(t, hubs[2], natslog.Config{Address: address, Creds: creds[2], Retry: true})
	waitForStreams(t, w)
	js := must.Get(jetstream.New(connectWith(t, hubs[2], users[2], creds[2])))
	for _, stream := range []string{blueFlows, blueState} {
		s := must.Get(js.Stream(t.Context(), stream))
		if n := s.CachedInfo().Config.Replicas; n != len(hubs) {
			t.Errorf("%s has %d replicas, want %d", stream, n, len(hubs))
		}
	}
	for i, name := range names {
		source := name + ".01"
		l := open(t, hubs[i], natslog.Config{Address: address, Creds: creds[i], Retry: true})
		var last relay.Position
		for n := range uint64(3) {
			at, err := onceKnown(t, func() (relay.Position, error) {
				return l.Append(t.Context(), &relay.Entry{Source: source, After: n, Last: n + 1, Data: []byte(name)}, last)
			})
			if err != nil {
				t.Fatalf("%s, block %d: %v", source, n, err)
			}
			last = at
		}
		e, err := l.Newest(t.Context(), source)
		for err == nil && e.Position < last && t.Context().Err() == nil { // another node answers, which does not have it yet
			e, err = l.Newest(t.Context(), source)
		}
		if err != nil || e.Position != last || e.Last != 3 {
			t.Errorf("the newest block of %s: %+v, %v; want position %d", source, e, err, last)
		}
	}
	for i, h := range hubs {
		w := open(t, h, natslog.Config{Address: address, Creds: creds[2], Retry: true})
		got := map[string]int{}
		for e, err := range w.Entries(t.Context(), -1, 0) {
			if err != nil {
				t.Fatalf("node %d: %v", i+1, err)
			}
			if e.Source == "" {
				t.Fatalf("node %d: nothing up to %d, with %v before it", i+1, e.Position, got)
			}
			if got[e.Source]++; got["pod1.01"] == 3 && got["pod2.01"] == 3 {
				break
			}
		}
		key := fmt.Sprintf("marks/pod1.%02d", i)
		revision, err := onceKnown(t, func() (uint64, error) { return w.Put(t.Context(), key, 0, []byte("x")) })
		if err != nil {
			t.Fatalf("node %d: %v", i+1, err)
		}
		vs, err := w.Get(t.Context(), "marks/")
		for err == nil && (len(vs) != 1 || vs[0].Key != key) && t.Context().Err() == nil { // as above
			vs, err = w.Get(t.Context(), "marks/")
		}
		if err != nil {
			t.Errorf("node %d: marks %+v, %v", i+1, vs, err)
		}
		if err := w.Remove(t.Context(), key, revision); err != nil {
			t.Errorf("node %d: %v", i+1, err)
		}
	}
}

// onceKnown repeats a request to a node until the node knows the stream.
func onceKnown[T any](t *testing.T, request func() (T, error)) (T, error) {
	t.Helper()
	for {
		answer, err := request()
		if !errors.Is(err, jetstream.ErrNoStreamResponse) || t.Context().Err() != nil {
			return answer, err
		}
	}
}

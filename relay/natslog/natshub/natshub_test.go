package natshub_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

func start(t testing.TB, cfg natshub.Config) *natshub.Hub {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	h := must.Get(natshub.Start(cfg))
	t.Cleanup(h.Close)
	return h
}

func open(t testing.TB, h *natshub.Hub, cfg natslog.Config) *natslog.Log {
	t.Helper()
	if cfg.Address.Team == "" {
		cfg.Address.Team = "team"
	}
	cfg.Address.Servers = []string{h.Addr().String()}
	l := must.Get(natslog.Open(t.Context(), cfg))
	t.Cleanup(func() { l.Close() })
	return l
}

// TestLog runs the tests of every log over a real server.
func TestLog(t *testing.T) {
	logtest.Run(t, func(t *testing.T) relay.Log { return open(t, start(t, natshub.Config{}), natslog.Config{}) })
}

// user makes a user and the file of its seed.
func user(t testing.TB, team string, role natslog.Role, name string) (natshub.User, string) {
	t.Helper()
	seed, key, err := natshub.NewKey()
	must.Do(t, err)
	path := filepath.Join(t.TempDir(), name+".nk")
	must.Do(t, os.WriteFile(path, seed, 0o600))
	return natshub.User{Team: team, Role: role, Name: name, Key: key}, path
}

// remove removes the value of a key.
func remove(ctx context.Context, l relay.Log, key string) error {
	vs, err := l.Get(ctx, key)
	if err != nil || len(vs) == 0 {
		return err
	}
	return l.Remove(ctx, key, vs[0].Revision)
}

// TestRoles checks what sources, readers and workers of two teams may do, and may not.
func TestRoles(t *testing.T) {
	pod1, pod1Creds := user(t, "blue", natslog.RoleSource, "pod1")
	pod2, pod2Creds := user(t, "blue", natslog.RoleSource, "pod2")
	reader, readerCreds := user(t, "blue", natslog.RoleReader, "reader")
	worker, workerCreds := user(t, "blue", natslog.RoleWorker, "worker")
	red, redCreds := user(t, "red", natslog.RoleWorker, "red")
	h := start(t, natshub.Config{Users: []natshub.User{pod1, pod2, reader, worker, red}})
	within := func(limit time.Duration, team, creds string) *natslog.Log {
		return open(t, h, natslog.Config{Address: natslog.Address{Team: team}, Creds: creds, Timeout: limit, Retry: true})
	}
	conn := func(team, creds string) *natslog.Log { return within(time.Minute, team, creds) }
	w := conn("blue", workerCreds)
	waitForStreams(t, w)
	ctx := t.Context()
	p1 := conn("blue", pod1Creds)
	const mine, other = "pod1.00000001", "pod2.00000002"
	pos := must.Get(p1.Append(ctx, &relay.Entry{Source: mine, Last: 3, Data: []byte("secret of pod1")}, 0))
	if e, err := p1.Newest(ctx, mine); err != nil || e.Position != pos || e.Last != 3 {
		t.Errorf("own newest block: %v, %v", e, err)
	}
	must.Get(w.Put(ctx, "marks/"+mine, relay.Anything, []byte("3")))
	if vs, err := p1.Get(ctx, "marks/"+mine); err != nil || len(vs) != 1 {
		t.Errorf("own mark: %v, %v", vs, err)
	}
	thief := within(2*time.Second, "blue", pod1Creds) // NATS answers some calls that it denies with silence
	for name, f := range map[string]func() error{
		"write the blocks of another": func() error {
			_, err := thief.Append(ctx, &relay.Entry{Source: other, Last: 1, Data: []byte("x")}, 0)
			return err
		},
		"read the newest block of another": func() error { _, err := thief.Newest(ctx, other); return err },
		"read the mark of another":         func() error { _, err := thief.Get(ctx, "marks/"+other); return err },
		"write its own mark":               func() error { _, err := thief.Put(ctx, "marks/"+mine, relay.Anything, nil); return err },
		"write a model":                    func() error { _, err := thief.Put(ctx, "heads/1", relay.Anything, nil); return err },
		"read the leases":                  func() error { _, err := thief.Get(ctx, "leases"); return err },
		"read the blocks of all":           func() error { return firstError(ctx, thief) },
		"list the marks":                   func() error { _, err := thief.Get(ctx, "marks/"); return err },
		"remove its own mark":              func() error { return remove(ctx, thief, "marks/"+mine) },
	} {
		if err := f(); err == nil {
			t.Errorf("a source may %s", name)
		}
	}
	p2 := conn("blue", pod2Creds)
	if _, err := p2.Append(ctx, &relay.Entry{Source: other, Last: 1, Data: []byte("x")}, 0); err != nil {
		t.Errorf("pod2: %v", err)
	}
	r := conn("blue", readerCreds)
	for e, err := range r.Entries(ctx, -1, 0) {
		if err != nil || e.Source != mine {
			t.Errorf("a reader reads %v, %v", e, err)
		}
		break
	}
	if _, err := r.Append(ctx, &relay.Entry{Source: mine, After: 3, Last: 4, Data: []byte("x")}, pos); err == nil {
		t.Error("a reader may write blocks")
	}
	if _, err := r.Put(ctx, "marks/"+mine, relay.Anything, nil); !errors.Is(err, relay.ErrDenied) && err == nil {
		t.Error("a reader may write marks")
	}
	// The other team has an account of its own: the same subjects are others.
	rd := conn("red", redCreds)
	waitForStreams(t, rd)
	if _, last, err := rd.Bounds(ctx); err != nil || last != 0 {
		t.Errorf("the other team sees %d entries, %v", last, err)
	}
	foreign := within(time.Second, "blue", redCreds)
	if _, err := foreign.Newest(ctx, mine); err == nil {
		t.Error("a worker of another team reads blocks")
	}
	// Somebody without credentials.
	a := natslog.Address{Servers: []string{h.Addr().String()}, Team: "blue"}
	if _, err := natslog.Open(ctx, natslog.Config{Address: a}); !errors.Is(err, relay.ErrDenied) {
		t.Errorf("without credentials: %v", err)
	}
	gone := must.Get(net.Listen("tcp", "127.0.0.1:0"))
	gone.Close()
	a.Servers = []string{gone.Addr().String()}
	if _, err := natslog.Open(ctx, natslog.Config{Address: a}); !errors.Is(err, natslog.ErrUnreachable) || errors.Is(err, relay.ErrDenied) {
		t.Errorf("where no server is: %v", err)
	}
	if err := remove(ctx, r, "marks/"+mine); !errors.Is(err, relay.ErrDenied) {
		t.Errorf("a reader removes a mark: %v", err)
	}
	if err := remove(ctx, w, "marks/"+mine); err != nil {
		t.Errorf("a worker does not remove a mark: %v", err)
	}
	if vs, err := w.Get(ctx, "marks/"+mine); err != nil || len(vs) != 0 {
		t.Errorf("after its removal: %v, %v", vs, err)
	}
}

// firstError returns the error with which reading the first entry ends.
func firstError(ctx context.Context, l relay.Log) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	for _, err := range l.Entries(ctx, -1, 0) {
		return err
	}
	return ctx.Err()
}

// waitForStreams waits until the hub has made the streams of a team.
func waitForStreams(t testing.TB, l *natslog.Log) {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		_, _, err := l.Bounds(t.Context())
		if err == nil {
			return
		}
		select {
		case <-deadline:
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestInbox checks that a source cannot listen to the answers to others.
func TestInbox(t *testing.T) {
	pod, creds := user(t, "blue", natslog.RoleSource, "pod1")
	worker, _ := user(t, "blue", natslog.RoleWorker, "worker")
	h := start(t, natshub.Config{Users: []natshub.User{pod, worker}})
	auth := must.Get(nats.NkeyOptionFromSeed(creds))
	refused := make(chan error, 8)
	nc := must.Get(nats.Connect("nats://"+h.Addr().String(), auth,
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err })))
	defer nc.Close()
	for _, subject := range []string{"_INBOX.>", natslog.InboxPrefix(worker.Key) + ".>", "spectap.blue.>", "$JS.>", ">"} {
		must.Get(nc.SubscribeSync(subject))
		if err := <-refused; !strings.Contains(err.Error(), "Permissions Violation") {
			t.Errorf("subscribe to %s: %v", subject, err)
		}
	}
}

// TestRestart checks that entries and values survive a restart of the only node, and that clients
// find it again.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	h := start(t, natshub.Config{Dir: dir})
	addr := h.Addr().String()
	l := open(t, h, natslog.Config{})
	ctx := t.Context()
	pos := must.Get(l.Append(ctx, &relay.Entry{Source: "a.1", Last: 1, Data: []byte("x")}, 0))
	rev := must.Get(l.Put(ctx, "leases", 0, []byte("v")))
	id := l.ID()
	h.Close()
	brief, cancel := context.WithTimeout(ctx, time.Second/2)
	defer cancel()
	if _, err := l.Append(brief, &relay.Entry{Source: "a.1", After: 1, Last: 2}, pos); err == nil {
		t.Error("an append without a hub succeeds")
	}
	start(t, natshub.Config{Dir: dir, Listen: addr})
	waitForStreams(t, l)
	if e, err := l.Newest(ctx, "a.1"); err != nil || e.Position != pos {
		t.Errorf("newest: %v, %v", e, err)
	}
	must.Get(l.Put(ctx, "leases", rev, []byte("w")))
	again := open(t, start(t, natshub.Config{}), natslog.Config{})
	if id == "" || again.ID() == id {
		t.Errorf("two logs have the identities %q and %q", id, again.ID())
	}
}

//go:build unix

package natshub_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/store"
)

// stock is a process of the NATS server as people run it, without anything of a hub.
type stock struct {
	t            *testing.T
	exe, address string
	dir          string
	cmd          *exec.Cmd
	ended        chan struct{} // closed when the process has ended
}

// newStock builds and starts the server of the module that hubs embed.
func newStock(t *testing.T) *stock {
	t.Helper()
	if testing.Short() {
		t.Skip("builds a server")
	}
	s := &stock{t: t, exe: filepath.Join(t.TempDir(), "nats-server"), dir: t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", s.exe, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("build nats-server: %v\n%s", err, out)
	}
	for range 5 {
		s.address = freeAddresses(t, 1)[0]
		if s.begin() {
			t.Cleanup(s.kill)
			return s
		}
	}
	t.Fatal("nats-server ends at once")
	return nil
}

// start starts the server again.
func (s *stock) start() {
	s.t.Helper()
	if !s.begin() {
		s.t.Fatal("nats-server ends at once")
	}
}

// begin starts the server, and returns when it greets a client, or has ended: another process may have taken its port.
func (s *stock) begin() bool {
	s.t.Helper()
	host, port, err := net.SplitHostPort(s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	name := fmt.Sprint("stock-", os.Getpid())
	cmd, ended := exec.Command(s.exe, "-n", name, "-a", host, "-p", port, "-js", "-sd", s.dir), make(chan struct{})
	must.Do(s.t, cmd.Start())
	s.cmd, s.ended = cmd, ended
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	for {
		if c, err := net.Dial("tcp", s.address); err == nil {
			c.SetReadDeadline(time.Now().Add(time.Second))
			info, _ := bufio.NewReader(c).ReadString('\n')
			if c.Close(); strings.Contains(info, name) {
				return true
			}
		}
		select {
		case <-ended:
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// kill ends the server with SIGKILL.
func (s *stock) kill() {
	s.cmd.Process.Kill()
	<-s.ended
}

func (s *stock) open(team string) *natslog.Log {
	s.t.Helper()
	l, err := natslog.Open(s.t.Context(), natslog.Config{Address: natslog.Address{Servers: []string{s.address}, Team: team}})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { l.Close() })
	return l
}

// TestStockServer kills a NATS server as people run it with SIGKILL, while flows are sent and
// followed: every flow arrives once.
func TestStockServer(t *testing.T) {
	t.Parallel()
	s := newStock(t)
	open := func() *store.DB {
		db := must.Get(store.Open(filepath.Join(t.TempDir(), "x.db"), store.Options{Create: true}))
		t.Cleanup(func() { db.Close() })
		return db
	}
	spool, copied, l := open(), open(), s.open("shop")
	fw := relay.NewForwarder(relay.ForwarderConfig{
		Spool: relay.NewSpool(spool, true), Log: l, Source: "pod.00000001", Linger: time.Millisecond,
	})
	follower := must.Get(relay.NewFollower(t.Context(), relay.FollowerConfig{Store: copied, Log: l}))
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 2)
	go func() { ended <- fw.Run(ctx) }()
	go func() { ended <- follower.Run(ctx) }()
	r := rand.New(rand.NewPCG(1, 1))
	want := map[flow.ID]bool{}
	record := func(n int) {
		for range n {
			f := sample(r, len(want))
			want[f.ID] = true
			must.Get(spool.Append(t.Context(), f))
		}
	}
	for range 2 {
		record(r.IntN(30))
		s.kill()
		record(r.IntN(30))
		s.start()
	}
	must.Do(t, fw.Wait(t.Context(), false))
	got := map[flow.ID]bool{}
	for f, err := range copied.Watch(t.Context(), 0) {
		if err != nil || got[f.ID] || !want[f.ID] {
			t.Fatalf("flow %v came twice, or never was sent: %v", f.ID, err)
		}
		if got[f.ID] = true; len(got) == len(want) {
			break
		}
	}
	cancel()
	for range 2 {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	if n := len(states(t, copied)); n != len(want) {
		t.Errorf("the follower has %d flows, want %d", n, len(want))
	}
}

// states returns the flows of a store by their identifiers.
func states(t *testing.T, db *store.DB) map[flow.ID]bool {
	t.Helper()
	all := map[flow.ID]bool{}
	n := 0
	for f, err := range db.Scan(t.Context(), store.Query{NoBodies: true}) {
		must.Do(t, err)
		all[f.ID] = true
		n++
	}
	if n != len(all) {
		t.Errorf("%d flows have %d identifiers", n, len(all))
	}
	return all
}

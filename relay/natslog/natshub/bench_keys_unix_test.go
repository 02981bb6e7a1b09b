//go:build unix

package natshub_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
)

// BenchmarkKeys reads a log with an administrator's key, whose account has the log, and with a
// reader's, which has an account of its own, in turn. It also measures what a hub of many keys takes.
func BenchmarkKeys(b *testing.B) {
	b.Run("reading", func(b *testing.B) {
		for _, nodes := range []int{1, 3} {
			admin, adminCreds := user(b, "team", natslog.RoleAdmin, "admin")
			reader, readerCreds := user(b, "team", natslog.RoleReader, "reader")
			hubs := startNodes(b, nodes, []natshub.User{admin, reader})
			log := func(creds string) *natslog.Log {
				l := open(b, hubs[0], natslog.Config{Address: natslog.Address{Team: "team", Replicas: nodes}, Creds: creds, Retry: true})
				waitForStreams(b, l)
				return l
			}
			in, out := log(adminCreds), log(readerCreds)
			flows := appendBlocks(b, in, 4, 100)
			used := map[relay.Log]time.Duration{}
			took := map[relay.Log]time.Duration{}
			const rounds = 10
			for range rounds {
				for _, l := range []*natslog.Log{in, out} {
					start, before := time.Now(), cpu(b)
					readAll(b, l)
					took[l] += time.Since(start)
					used[l] += cpu(b) - before
				}
			}
			rate := func(l relay.Log) float64 { return float64(rounds*flows) / took[l].Seconds() }
			b.Logf("%d nodes: flows a second with an administrator's key %.0f, with a reader's %.0f", nodes, rate(in), rate(out))
			report(b, fmt.Sprintf("%d nodes: a reader's key: flows a second, of an administrator's", nodes), rate(out)/rate(in), .8, true)
			report(b, fmt.Sprintf("%d nodes: the same: flows a second of CPU", nodes), used[in].Seconds()/used[out].Seconds(), .8, true)
		}
	})
	b.Run("memory", func(b *testing.B) {
		const keys = 300
		heap := func() float64 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			return float64(m.HeapAlloc)
		}
		one, _ := user(b, "team", natslog.RoleReader, "reader")
		h := start(b, natshub.Config{Users: []natshub.User{one}})
		users := []natshub.User{one}
		for i := range keys {
			u, _ := user(b, "team", []natslog.Role{natslog.RoleSource, natslog.RoleReader, natslog.RoleWorker, natslog.RoleEditor}[i%4], fmt.Sprint("user", i))
			users = append(users, u)
		}
		before, started := heap(), time.Now()
		if err := h.SetUsers(users); err != nil {
			b.Fatal(err)
		}
		took := time.Since(started)
		report(b, "KB a key, of 300", (heap()-before)/keys/1024, 100, false)
		report(b, "seconds to add 300 keys to a hub that runs", took.Seconds(), 5, false)
	})
}

// readAll reads the entries that are in a log.
func readAll(b *testing.B, l relay.Log) {
	b.Helper()
	_, last, err := l.Bounds(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	for e, err := range l.Entries(b.Context(), -1, 0) {
		if err != nil {
			b.Fatal(err)
		}
		if e.Position >= last {
			return
		}
	}
}

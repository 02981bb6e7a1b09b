//go:build unix

package natshub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
	"github.com/spectap/spectap/store"
)

// cpu returns the CPU time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	must.Do(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// report prints a row of the table in docs/performance.md: what was measured, what it must be at most or,
// with atLeast, at least, and the ratio of the better to the worse.
func report(b *testing.B, name string, got, must float64, atLeast bool) {
	b.Helper()
	ratio := must / got
	if atLeast {
		ratio = got / must
	}
	b.Logf("%-60s %10.2f   must %10.2f   %.1f times as good", name, got, must, ratio)
}

// sample returns a flow of about 2.5 KB, as API traffic has it.
func sample(r *rand.Rand, n int) flow.Flow {
	body := []byte("[")
	for range 20 {
		body = fmt.Appendf(body, `{"id":%d,"name":"customer %x","email":"u%d@example.com","active":%v,"amount":%d.%02d},`,
			r.IntN(1e6), r.Uint64(), r.IntN(1e5), r.IntN(2) == 0, r.IntN(1000), r.IntN(100))
	}
	body[len(body)-1] = ']'
	h := flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "X-Request-Id", Value: fmt.Sprintf("%016x", r.Uint64())},
		{Name: "Cache-Control", Value: "no-store"}, {Name: "Server", Value: "envoy"}}
	return flow.Flow{
		ID: flow.NewID(), Source: "proxy", Started: time.Unix(1_790_000_000+int64(n), 0), Took: time.Millisecond, Done: true,
		Request: flow.Request{
			Method: "GET", Scheme: "https", Authority: "api.example.com", Path: fmt.Sprintf("/v1/customers/%d/orders", r.IntN(1e5)),
			RawQuery: "page=1&per_page=20", Proto: "HTTP/1.1",
			Header: flow.Header{{Name: "Accept", Value: "*/*"}, {Name: "User-Agent", Value: "client/1.2"}, {Name: "Authorization", Value: fmt.Sprintf("Bearer %x", r.Uint64())}},
		},
		Response: &flow.Response{Status: 200, Proto: "HTTP/1.1", Header: h, Body: flow.Body{Data: body, Size: int64(len(body))}},
	}
}

// spoolOf returns a spool with flows, and the number of their bytes before compression.
func spoolOf(b *testing.B, flows int) (spool *store.DB, raw int) {
	b.Helper()
	spool = benchStore(b)
	r := rand.New(rand.NewPCG(1, 1))
	for i := 0; i < flows; i += 500 {
		batch := make([]flow.Flow, 500)
		for j := range batch {
			batch[j] = sample(r, i+j)
			rec, _ := batch[j].AppendBinary(nil)
			raw += len(rec)
		}
		must.Get(spool.Append(b.Context(), batch...))
	}
	return spool, raw
}

func benchStore(b *testing.B) *store.DB {
	b.Helper()
	db := must.Get(store.Open(filepath.Join(b.TempDir(), "x.db"), store.Options{Create: true}))
	b.Cleanup(func() { db.Close() })
	return db
}

// startNodes starts the nodes of a hub, which end with the test.
func startNodes(t testing.TB, nodes int, users []natshub.User) []*natshub.Hub {
	t.Helper()
	cluster := freeAddresses(t, nodes)
	if nodes == 1 {
		cluster = nil
	}
	hubs := make([]*natshub.Hub, nodes)
	var all sync.WaitGroup
	for i := range hubs {
		cfg := natshub.Config{Listen: "127.0.0.1:0", Dir: t.TempDir(), Cluster: cluster, Node: i + 1, Users: users}
		all.Go(func() {
			var err error
			if hubs[i], err = natshub.Start(cfg); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, h := range hubs {
		if h != nil {
			t.Cleanup(h.Close)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return hubs
}

// benchHub starts nodes, and connects to them.
func benchHub(b *testing.B, nodes int) ([]*natshub.Hub, *natslog.Log) {
	b.Helper()
	hubs := startNodes(b, nodes, nil)
	var servers []string
	for _, h := range hubs {
		servers = append(servers, h.Addr().String())
	}
	address := natslog.Address{Servers: servers, Team: "team", Replicas: nodes}
	for {
		l, err := natslog.Open(b.Context(), natslog.Config{Address: address})
		if err == nil {
			b.Cleanup(func() { l.Close() })
			return hubs, l
		}
		if b.Context().Err() != nil {
			b.Fatal(err)
		}
	}
}

// forward runs a forwarder until stop is called.
func forward(b *testing.B, spool *store.DB, l relay.Log, source string) (f *relay.Forwarder, stop func()) {
	b.Helper()
	f = relay.NewForwarder(relay.ForwarderConfig{Spool: relay.NewSpool(spool, true), Log: l, Source: source})
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	return f, func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkScale measures the rows of the table in docs/performance.md. make bench-scale runs it. Times
// are CPU times, because other programs on the machine do not change these, unless a row is about
// waiting.
func BenchmarkScale(b *testing.B) {
	const flows = 20_000
	b.Run("flows", func(b *testing.B) {
		spool, raw := spoolOf(b, flows)
		f, stop := forward(b, spool, logtest.NewMemoryLog(1, logtest.Faults{}), "pod.00000001")
		used := cpu(b)
		must.Do(b, f.Wait(b.Context(), false))
		report(b, "forwarder: µs of CPU a flow", float64((cpu(b)-used).Microseconds())/flows, 25, false)
		stop()

		hubs, l := benchHub(b, 1)
		f, stop = forward(b, spool, l, "pod.00000001")
		must.Do(b, f.Wait(b.Context(), false))
		stop()
		report(b, "bytes in the log, of raw", float64(hubs[0].Bytes())/float64(raw), .35, false)

		fw := must.Get(relay.NewFollower(b.Context(), relay.FollowerConfig{Store: benchStore(b), Log: l}))
		start, used := time.Now(), cpu(b)
		must.Do(b, fw.CatchUp(b.Context()))
		report(b, "follower: flows a second of CPU", flows/(cpu(b)-used).Seconds(), 15_000, true)
		report(b, "follower: flows a second, beside what else runs here", flows/time.Since(start).Seconds(), 15_000, true)
	})
	b.Run("three nodes", func(b *testing.B) {
		_, l := benchHub(b, 3)
		start, used := time.Now(), cpu(b)
		n := appendBlocks(b, l, 8, 40)
		report(b, "hub, synced, three nodes: flows a second in blocks", float64(n)/time.Since(start).Seconds(), 50_000, true)
		report(b, "the same: flows a second of CPU, of all nodes and clients", float64(n)/(cpu(b)-used).Seconds(), 50_000, true)
	})
	b.Run("listed", benchListed)
	b.Run("workers", benchWorkers)
}

// appendBlocks appends blocks of flows from several sources at once, and returns the number of
// flows.
func appendBlocks(b *testing.B, l relay.Log, sources, blocks int) (flows int) {
	b.Helper()
	codec := relay.NewCodec()
	r := rand.New(rand.NewPCG(1, 1))
	list := make([]*flow.Flow, relay.MaxFlows)
	for i := range list {
		f := sample(r, i)
		f.Last = flow.Seq(i + 1)
		list[i] = &f
	}
	data, err := codec.Encode(0, nil, list)
	must.Do(b, err)
	var all sync.WaitGroup
	for s := range sources {
		all.Go(func() {
			var pos relay.Position
			for i := range uint64(blocks) {
				e := &relay.Entry{Source: fmt.Sprintf("pod-%d.%08x", s, s), After: i * relay.MaxFlows, Last: (i + 1) * relay.MaxFlows, Data: data}
				if pos, err = l.Append(b.Context(), e, pos); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return sources * blocks * relay.MaxFlows
}

// benchListed measures the time from a flow in a spool to the flow in the store of a follower that
// runs.
func benchListed(b *testing.B) {
	_, l := benchHub(b, 1)
	spool, copied := benchStore(b), benchStore(b)
	_, stop := forward(b, spool, l, "pod.00000001")
	fw := must.Get(relay.NewFollower(b.Context(), relay.FollowerConfig{Store: copied, Log: l}))
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- fw.Run(ctx) }()
	seen := make(chan time.Time)
	go func() {
		for _, err := range copied.Watch(ctx, 0) {
			if err != nil {
				return
			}
			seen <- time.Now()
		}
	}()
	r := rand.New(rand.NewPCG(1, 1))
	var times []time.Duration
	for i := range 25 {
		start := time.Now()
		must.Get(spool.Append(b.Context(), sample(r, i)))
		times = append(times, (<-seen).Sub(start))
	}
	slices.Sort(times)
	report(b, "recorded to listed: seconds, median of 25", times[12].Seconds(), 2, false)
	report(b, "recorded to listed: seconds, the longest of 25", times[24].Seconds(), 2, false)
	cancel()
	stop()
	if err := <-ended; err != nil {
		b.Error(err)
	}
}

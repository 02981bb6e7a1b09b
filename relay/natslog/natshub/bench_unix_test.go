//go:build unix

package natshub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/natslog"
	"github.com/spectap/spectap/relay/natslog/natshub"
	"github.com/spectap/spectap/store"
)

// cpu returns the CPU time that this process has used.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sample returns a flow of about 3 KB, as API traffic has it.
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

// BenchmarkScale sends the flows of a spool to a hub with one node that syncs every block, and
// applies them to a store. make bench-scale runs it, and docs/scale.md has the figures.
func BenchmarkScale(b *testing.B) {
	const flows = 20_000
	for range b.N {
		dir := b.TempDir()
		spool, err := store.Open(filepath.Join(dir, "spool.db"), store.Options{Create: true})
		if err != nil {
			b.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 1))
		raw := 0
		for i := 0; i < flows; i += 500 {
			batch := make([]flow.Flow, 500)
			for j := range batch {
				batch[j] = sample(r, i+j)
				rec, _ := batch[j].AppendBinary(nil)
				raw += len(rec)
			}
			if _, err := spool.Append(b.Context(), batch...); err != nil {
				b.Fatal(err)
			}
		}
		h, err := natshub.Start(natshub.Config{Listen: "127.0.0.1:0", Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		l, err := natslog.Open(b.Context(), natslog.Config{Address: natslog.Address{Servers: []string{h.Addr().String()}, Team: "team"}})
		if err != nil {
			b.Fatal(err)
		}
		ctx, cancel := context.WithCancel(b.Context())
		f, err := relay.NewForwarder(relay.ForwarderConfig{Spool: relay.NewSpool(spool, false), Log: l, Source: "pod.00000001"})
		if err != nil {
			b.Fatal(err)
		}
		start, used := time.Now(), cpu(b)
		ended := make(chan error, 1)
		go func() { ended <- f.Run(ctx) }()
		if err := f.Wait(ctx, false); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(flows/time.Since(start).Seconds(), "sent/s")
		b.ReportMetric(float64((cpu(b)-used).Microseconds())/flows, "µs-CPU/sent")
		_, bytes := h.Stats()
		b.ReportMetric(float64(bytes)/float64(raw), "log/raw")
		b.ReportMetric(float64(raw)/flows, "B/flow")

		copied, err := store.Open(filepath.Join(dir, "copy.db"), store.Options{Create: true})
		if err != nil {
			b.Fatal(err)
		}
		fw, err := relay.NewFollower(ctx, relay.FollowerConfig{Store: copied, Log: l})
		if err != nil {
			b.Fatal(err)
		}
		start, used = time.Now(), cpu(b)
		if err := fw.CatchUp(ctx); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(flows/time.Since(start).Seconds(), "applied/s")
		b.ReportMetric(float64((cpu(b)-used).Microseconds())/flows, "µs-CPU/applied")
		cancel()
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
		l.Close()
		h.Close()
		copied.Close()
		spool.Close()
	}
}

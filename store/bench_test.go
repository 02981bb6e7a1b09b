package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// benchFlow returns a flow whose response has a unique body of size random hexadecimal digits.
func benchFlow(r *rand.Rand, size int) flow.Flow {
	f := sample(1)
	f.ID = flow.NewID()
	f.Request.Body = flow.Body{}
	data := make([]byte, size)
	for i := range data {
		data[i] = "0123456789abcdef"[r.Uint32()%16]
	}
	f.Response.Body = flow.Body{Data: data, Size: int64(size)}
	f.Response.Header = flow.Header{
		{Name: "Content-Type", Value: "application/json"}, {Name: "Content-Length", Value: fmt.Sprint(size)},
	}
	return f
}

// BenchmarkAppend measures appends by body size and group size, and the size of the file per byte
// of body.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1 << 10, 2 << 10, 16 << 10} {
		for _, group := range []int{1, 64, 512} {
			b.Run(fmt.Sprintf("body=%d/group=%d", size, group), func(b *testing.B) {
				db := open(b, store.Options{})
				r := rand.New(rand.NewPCG(1, 2))
				fs := make([]flow.Flow, group)
				bytes := 0
				for b.Loop() {
					b.StopTimer()
					for i := range fs {
						fs[i] = benchFlow(r, size)
					}
					b.StartTimer()
					must(db.Append(b.Context(), fs...))
					bytes += group * size
				}
				b.ReportMetric(float64(b.N*group)/b.Elapsed().Seconds(), "flows/s")
				if info, err := os.Stat(db.Path()); err == nil {
					b.ReportMetric(float64(info.Size())/float64(bytes), "file/body")
				}
			})
		}
	}
}

// BenchmarkScan measures scans of 20,000 flows with several queries.
func BenchmarkScan(b *testing.B) {
	db := open(b, store.Options{})
	r := rand.New(rand.NewPCG(1, 2))
	const flows = 20_000
	for range flows / 500 {
		fs := make([]flow.Flow, 500)
		for i := range fs {
			fs[i] = benchFlow(r, 2<<10)
			fs[i].Request.Authority = fmt.Sprintf("h%d.example", r.IntN(50))
		}
		must(db.Append(b.Context(), fs...))
	}
	for name, q := range map[string]store.Query{
		"all": {}, "nobodies": {NoBodies: true}, "host": {Authority: "h7.example", NoBodies: true},
		"last100": {Newest: true, Limit: 100}, "except": {Except: store.Ranges{{First: 1, Last: flows - 10}}},
	} {
		b.Run(name, func(b *testing.B) {
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range db.Scan(b.Context(), q) {
					noError(b, err)
					n++
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "flows/s")
		})
	}
}

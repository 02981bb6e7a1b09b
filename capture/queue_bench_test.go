package capture

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// BenchmarkQueue measures the cost of recording an exchange: Record holds the request back, a tee
// collects the body of the response, and both are queued and stored. The bodies repeat, as those of
// most clients do.
func BenchmarkQueue(b *testing.B) {
	for _, size := range []int{1 << 10, 16 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("body=%d", size), func(b *testing.B) {
			db := must(store.Open(filepath.Join(b.TempDir(), "flows.db"), store.Options{Create: true}))
			defer db.Close()
			q := must(NewQueue(QueueConfig{Store: db}))
			data := make([]byte, size)
			header := flow.Header{{Name: "Accept", Value: "*/*"}, {Name: "User-Agent", Value: "bench"}}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					f := flow.Flow{ID: flow.NewID(), Request: flow.Request{
						Method: "GET", Scheme: "https", Authority: "a.example", Path: "/items/1", Header: header,
					}}
					patience := q.patience()
					q.reserve(requestWeight(&f), &patience)
					q.Record(b.Context(), f)
					t := tee{max: DefaultMaxBody, expect: int64(size), room: q, patience: patience}
					for at := 0; at < size; at += 16 << 10 {
						t.write(data[at:min(size, at+16<<10)])
					}
					t.end()
					body := t.take()
					f.Response = &flow.Response{Status: 200, Header: header, Body: body}
					f.Done = true
					q.commit(f)
				}
			})
			noError(b, q.Close(b.Context()))
			if s := q.Stats(); s.Lost > 0 {
				b.Errorf("%+v", s)
			}
		})
	}
}

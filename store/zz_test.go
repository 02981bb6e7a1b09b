package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// realistic: JSON 1 KB, ~10 headers, groups of 64, 20 hosts
func BenchmarkZZ(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const N = 4096
	pool := make([]flow.Flow, N)
	for i := range pool {
		f := sample(1)
		f.Request.Body = flow.Body{}
		f.Request.Authority = fmt.Sprintf("h%d.example", r.IntN(20))
		f.Request.Header = flow.Header{{Name: "Accept", Value: "application/json"}, {Name: "Accept-Encoding", Value: "gzip, deflate, br"}, {Name: "Authorization", Value: "Bearer 0123456789abcdef0123456789abcdef"}, {Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"}}
		var d []byte
		for len(d) < 1000 {
			d = fmt.Appendf(d, `{"id":%d,"name":"item-%x","price":%d.%02d,"created_at":"2026-01-%02dT10:00:%02dZ"},`, r.IntN(1e6), r.Int64(), r.IntN(500), r.IntN(100), r.IntN(28), r.IntN(60))
		}
		f.Response = &flow.Response{Status: 200, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Content-Length", Value: "1024"}, {Name: "Date", Value: "Mon, 02 Jan 2006 15:04:05 GMT"}}, Body: flow.Body{Data: d, Size: int64(len(d))}}
		pool[i] = f
	}
	for _, group := range []int{8, 64, 256} {
		b.Run(fmt.Sprint(group), func(b *testing.B) {
			db := open(b, store.Options{})
			fs := make([]flow.Flow, group)
			k := 0
			b.ReportAllocs()
			for b.Loop() {
				for i := range fs {
					fs[i] = pool[k%N]
					fs[i].ID = flow.NewID()
					d := append([]byte(nil), fs[i].Response.Body.Data...)
					copy(d[6:], fmt.Sprint(k))
					p := *fs[i].Response
					p.Body.Data = d
					fs[i].Response = &p
					k++
				}
				if _, err := db.Append(b.Context(), fs...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*group)/b.Elapsed().Seconds(), "flows/s")
		})
	}
}

package infer_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// things are flows of one API with ever new identifiers, words, query names and property names.
func things(from, to int, add func(*flow.Flow)) {
	for i := from; i < to; i++ {
		f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example.com"}, Response: &flow.Response{Status: 200}}
		word := fmt.Sprintf("%s-%s-%s", letters(i), letters(i*7919), letters(i/3))
		switch i % 4 {
		case 0:
			f.Request.Path = fmt.Sprintf("/users/%d", i)
		case 1:
			f.Request.Path = "/repos/" + word + "/issues"
		case 2:
			f.Request.Path = fmt.Sprintf("/orders/%08x-1111-4222-8333-%012x/items/%d", i, i, i%9)
		case 3:
			f.Request.Path, f.Request.RawQuery = "/search", "q="+word+"&x_"+word+"=1"
		}
		send(&f.Response.Header, &f.Response.Body, "application/json", fmt.Sprintf(`{"id":%d,"name":%q,"slug":%q,"by":{%q:1},"at":"2024-01-01T00:00:00Z"}`, i, word, word, "k"+word))
		add(&f)
	}
}

func letters(n int) string {
	var b strings.Builder
	for n = n*2654435761 + 1; b.Len() < 5; n /= 21 {
		b.WriteByte("bcdfghjklmnpqrstvwxyz"[(n%21+21)%21])
	}
	return b.String()
}

func live() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / (1 << 20)
}

// highest is the most that the heap took so far, in MB, since the process began: it tells of a benchmark run alone.
func highest() float64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapSys) / (1 << 20)
}

// TestCost holds the fourth law: what a model weighs, and so what a document costs, does not grow with the traffic.
func TestCost(t *testing.T) {
	m := infer.New()
	const few, many = 10_000, 100_000
	things(0, few, m.Add)
	before := len(encoded(t, m))
	things(few, many, m.Add)
	if after := len(encoded(t, m)); after > before*3/2 {
		t.Errorf("%d flows weigh %d bytes, %d weigh %d", few, before, many, after)
	}
}

// BenchmarkManyIDs tells what a model of a million flows with a million distinct names weighs, and what deciding
// over it costs beside deciding over ten thousand.
func BenchmarkManyIDs(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			before := live()
			m := infer.New()
			things(0, n, m.Add)
			weight := live() - before
			for b.Loop() {
				m.Document(infer.Policy{})
			}
			b.ReportMetric(weight, "MB")
			b.ReportMetric(highest(), "highest-MB")
			runtime.KeepAlive(m)
		})
	}
}

// BenchmarkWideBody folds a body with a million distinct keys.
func BenchmarkWideBody(b *testing.B) {
	var body strings.Builder
	body.WriteString(`{"a":0`)
	for i := range 1_000_000 {
		fmt.Fprintf(&body, `,"%s%d":{"v":%d}`, letters(i), i, i)
	}
	body.WriteString("}")
	f := flow.Flow{Done: true, Request: flow.Request{Method: "GET", Scheme: "https", Authority: "api.example.com", Path: "/wide"}, Response: &flow.Response{Status: 200}}
	send(&f.Response.Header, &f.Response.Body, "application/json", body.String())
	m := infer.New()
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		m.Add(&f)
	}
	f.Response.Body.Data = nil
	body.Reset()
	b.ReportMetric(highest(), "highest-MB")
	b.ReportMetric(live(), "MB")
	runtime.KeepAlive(m)
}

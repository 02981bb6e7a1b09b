package catalog_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// BenchmarkExportModels measures an export from ten models of an API with 300 operations and 3,000
// flows each: a row of the table in docs/scale.md.
func BenchmarkExportModels(b *testing.B) {
	const operations, models, flows = 300, 10, 3000
	var encoded [][]byte
	for k := range models {
		m := infer.New()
		for n := range flows {
			body := fmt.Appendf(nil, `{"id":%d,"name":"n%d","state":"s%d","price":%d.5,"open":%v,"at":"2026-01-%02dT00:00:00Z"}`,
				n, n*k, n%3, n%100, n%2 == 0, 1+n%28)
			m.Add(&flow.Flow{
				ID: flow.NewID(), Started: time.Unix(1_790_000_000, 0), Done: true,
				Request: flow.Request{
					Method: "GET", Scheme: "https", Authority: "api.example.com", Proto: "HTTP/1.1",
					Path: fmt.Sprintf("/v1/%s/%d", word(n%operations), n*models+k), RawQuery: fmt.Sprint("page=", n%9),
				},
				Response: &flow.Response{
					Status: 200, Proto: "HTTP/1.1", Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
					Body: flow.Body{Data: body, Size: int64(len(body))},
				},
			})
		}
		data := must.Get(m.AppendBinary(nil))
		encoded = append(encoded, data)
	}
	for b.Loop() {
		var parts []catalog.Part
		for _, data := range encoded {
			m := infer.New()
			must.Do(b, m.UnmarshalBinary(data))
			parts = append(parts, catalog.Facts{Model: m})
		}
		d := must.Get(catalog.NewMerged(catalog.Config{}, parts...).Document(b.Context(), catalog.Request{}))
		if n := len(d.Decided.Operations); n != operations {
			b.Fatalf("%d operations, want %d", n, operations)
		}
		must.Do(b, openapi.Encode(io.Discard, d.OpenAPI, openapi.YAML))
	}
	b.ReportMetric(2/b.Elapsed().Seconds()*float64(b.N), "times-as-good-as-2s")
}

// word returns a name of a collection, another one for each number.
func word(n int) string {
	first := []string{"user", "order", "invoice", "ticket", "device", "project", "report", "parcel", "account", "payment"}
	second := []string{"groups", "items", "notes", "labels", "events", "rules", "files", "links", "states", "limits"}
	third := []string{"", "open-", "late-"}
	return third[n/100%3] + first[n%10] + "-" + second[n/10%10]
}

package merge_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/openapi/check"
	"github.com/spectap/spectap/openapi/internal/openapitest"
	"github.com/spectap/spectap/openapi/merge"
)

// values are what the members of a record may be in traffic.
var values = []any{1, 2.5, "open", "closed", "some longer text", "123e4567-e89b-12d3-a456-426614174000", "2026-01-02", true, nil,
	[]any{1, 2}, []any{"x"}, map[string]any{"id": 1}, map[string]any{"id": "a", "name": "b"}}

// randomFlows generates the exchanges of one operation that reads and one that writes.
func randomFlows(t *rapid.T, label string) []*flow.Flow {
	names, usual := []string{"id", "state", "at", "owner"}, map[string]any{}
	for _, name := range names {
		usual[name] = rapid.SampledFrom(values).Draw(t, label+name)
	}
	record := func(i int) map[string]any {
		r := map[string]any{}
		for _, name := range names {
			switch rapid.IntRange(0, 9).Draw(t, fmt.Sprint(label, i, name)) {
			case 0:
			case 1:
				r[name] = rapid.SampledFrom(values).Draw(t, fmt.Sprint(label, i, name, "value"))
			default:
				r[name] = usual[name]
			}
		}
		return r
	}
	var out []*flow.Flow
	for i := range rapid.IntRange(1, 12).Draw(t, label+"flows") {
		query := url.Values{}
		for _, name := range []string{"page", "sort"} {
			if rapid.IntRange(0, 3).Draw(t, fmt.Sprint(label, i, name)) > 0 {
				query.Set(name, rapid.SampledFrom([]string{"1", "2", "a", "2026-01-02"}).Draw(t, fmt.Sprint(label, i, name, "value")))
			}
		}
		answer, _ := json.Marshal([]any{record(2 * i), record(2*i + 1)})
		out = append(out, exchange("GET", "/things", query.Encode(), nil, answer))
		var body []byte
		if rapid.IntRange(0, 5).Draw(t, fmt.Sprint(label, i, "body")) > 0 {
			body, _ = json.Marshal(record(100 + i))
		}
		answer, _ = json.Marshal(record(200 + i))
		out = append(out, exchange("POST", "/things", "", body, answer))
	}
	return out
}

func exchange(method, path, query string, body, answer []byte) *flow.Flow {
	header := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	f := &flow.Flow{
		Request:  flow.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: query},
		Response: &flow.Response{Status: 200, Header: header, Body: flow.Body{Data: answer, Size: int64(len(answer))}},
	}
	if body != nil {
		f.Request.Header, f.Request.Body = header, flow.Body{Data: body, Size: int64(len(body))}
	}
	return f
}

// TestMergeRelaxesWhatExportsWrote checks that all flows fit a document that only exports wrote,
// after any earlier flows, and that merging known facts changes nothing.
func TestMergeRelaxesWhatExportsWrote(t *testing.T) {
	for _, version := range []string{"3.0", "3.1"} {
		t.Run(version, rapid.MakeCheck(func(t *rapid.T) {
			document := func(flows []*flow.Flow, absences bool) *openapi3.T {
				m := infer.New()
				for _, f := range flows {
					m.Add(f)
				}
				doc := openapitest.Must(build.Document(m.Document(infer.Options{}), build.Options{Version: version, Absences: absences}))
				return doc
			}
			a, b := randomFlows(t, "a"), randomFlows(t, "b")
			text := openapitest.Encode(t, document(a, false), openapi.YAML)
			ours := openapitest.Must(merge.WrittenBy(text))
			known, err := merge.Merge(text, document(a, true), ours)
			if err != nil || !bytes.Equal(known.Text, text) {
				t.Fatalf("%v\nmerging what is known changes\n%s\nto\n%s", err, text, known.Text)
			}
			r := openapitest.Must(merge.Merge(text, document(b, true), known.Written))
			if len(r.Unplaced) > 0 {
				t.Fatalf("no place for %v in\n%s", r.Unplaced, text)
			}
			doc := openapitest.Must(openapi.Load(r.Text))
			checker := openapitest.Must(check.New(doc, check.Config{}))
			for _, f := range slices.Concat(a, b) {
				if res := checker.Check(t.Context(), f); res.Operation == nil || len(res.Mismatches) > 0 {
					t.Fatalf("%s %s breaks %v\n%s\n%s\nof\n%s\nwas\n%s", f.Request.Method, f.Request.RawQuery, res.Mismatches, f.Request.Body.Data, f.Response.Body.Data, r.Text, text)
				}
			}
		}))
	}
}

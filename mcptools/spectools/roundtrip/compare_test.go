package roundtrip

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/openapi"
)

// TestReportHidesValues verifies flows that do not match the document. Their values are not in the
// report.
func TestReportHidesValues(t *testing.T) {
	doc := must.Get(openapi.Load([]byte(`
openapi: 3.0.3
info: {title: t, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /users/{id}:
    post:
      parameters:
        - {name: id, in: path, required: true, schema: {type: string, maxLength: 3}}
        - {name: q, in: query, schema: {type: integer}}
      requestBody: {content: {application/json: {schema: {type: object, properties: {a: {type: integer}}}}}}
      responses: {"200": {description: ok}}
`)))
	json1 := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	request := func(path, query, body string, h flow.Header) flow.Flow {
		return flow.Flow{Done: true, Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: query, Header: h,
			Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
		}, Response: &flow.Response{Status: 200}}
	}
	flows := []flow.Flow{
		request("/users/hunter2", "", "", nil),
		request("/users/1", "q=hunter2", "", nil),
		request("/users/1", "secret=hunter2", "", nil),
		request("/users/1", "", `{"a":"hunter2"}`, json1),
		request("/users/1", "", "hunter2", flow.Header{{Name: "Content-Type", Value: "text/plain"}}),
		request("/users/1", "", `{"a":hunter2}`, json1),
		request("/users/1", "", "", flow.Header{{Name: "Authorization", Value: "Bearer hunter2"}}),
		request("/users/1", "q=7", `{"a":12345678901234567890}`, json1),
		request("/elsewhere", "", "", nil),
		request("/users/1", "q=hunter2", "", nil),
	}
	flows[9].Response.Status = 422
	r := must.Get(verify(context.Background(), doc, all(flows), Config{}))
	b := must.Get(json.Marshal(r))
	if strings.Contains(string(b), "hunter2") {
		t.Errorf("a value is told: %s", b)
	}
	if r.Flows != 10 || r.Total != 7 || r.Reproduced != 1 || len(r.Differences) != 6 || r.Excluded[Malformed] != 1 ||
		r.Excluded[NoOperation] != 1 || r.Excluded[Refused] != 1 {
		t.Errorf("%s", b)
	}
	revealed, err := verify(context.Background(), doc, all(flows[6:7]), Config{Reveal: true})
	if err != nil || len(revealed.Differences) != 1 || revealed.Differences[0].Want != "bearer hunter2" {
		t.Errorf("%+v, %v", revealed, err)
	}
}

// verify returns the report of a new verifier for flows.
func verify(ctx context.Context, doc *openapi3.T, flows iter.Seq2[flow.Flow, error], c Config) (*Report, error) {
	v, err := New(doc, c)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	if err := v.Verify(ctx, flows); err != nil {
		return nil, err
	}
	return v.report, nil
}

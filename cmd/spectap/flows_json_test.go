package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestFlowJSON checks each field of a flow in JSON.
func TestFlowJSON(t *testing.T) {
	full := flow.Flow{
		ID: flow.ID{1}, Seq: 7, Source: "import:x", Done: true, Err: "cut off",
		Started: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.FixedZone("", 3600)), Took: 1500 * time.Microsecond,
		Request: flow.Request{
			Method: "POST", Scheme: "https", Authority: "a.example", Path: "/p", RawQuery: "q=1", Proto: "HTTP/1.1",
			Header:  flow.Header{{Name: "Content-Type", Value: "text/plain; charset=utf-8"}, {Name: "X", Value: "1"}, {Name: "X", Value: "2"}},
			Trailer: flow.Header{{Name: "T", Value: "3"}}, Body: flow.Body{Data: []byte("é"), Size: 9, Truncated: true},
		},
		Response: &flow.Response{
			Status: 201, Proto: "HTTP/2.0", Header: flow.Header{{Name: "Content-Type", Value: "image/png"}},
			Body: flow.Body{Data: []byte{0xff, 0}, Size: 2},
		},
		Messages: []flow.Message{
			{At: 2 * time.Millisecond, FromClient: true, Kind: flow.Text, Data: []byte("hi"), Size: 2},
			{At: 3 * time.Millisecond, Kind: flow.Binary, Data: []byte{0xff}, Size: 8, Truncated: true},
		},
	}
	lost := flow.Flow{ID: flow.ID{2}, Seq: 8, Request: flow.Request{Method: "GET", Body: flow.Body{Dropped: true, Size: 4}}}
	lostAnswer := flow.Flow{ID: flow.ID{3}, Response: &flow.Response{Status: 200, Body: flow.Body{Dropped: true, Truncated: true}}}
	for _, tt := range []struct {
		name    string
		flow    flow.Flow
		want    []string
		without []string
	}{
		{"everything", full, []string{
			`"number":7`, `"source":"import:x"`, `"started":"2026-01-02T02:04:05.000006Z"`, `"took_ms":1.5`, `"method":"POST"`, `"scheme":"https"`,
			`"host":"a.example"`, `"path":"/p"`, `"query":"q=1"`, `"request_type":"text/plain"`, `"request_bytes":9`, `"status":201`,
			`"response_type":"image/png"`, `"response_bytes":2,"truncated":true,"error":"cut off","done":true`,
			`"request":{"proto":"HTTP/1.1","headers":[["Content-Type","text/plain; charset=utf-8"],["X","1"],["X","2"]],"trailer":[["T","3"]],"body":"é","truncated":true}`,
			`"response":{"proto":"HTTP/2.0","headers":[["Content-Type","image/png"]],"body_base64":"/wA="}`,
			`{"at_ms":2,"from_client":true,"kind":"text","data":"hi","bytes":2}`,
			`{"at_ms":3,"from_client":false,"kind":"binary","data_base64":"/w==","bytes":8,"truncated":true}`,
		}, []string{"body_lost", `"lost"`, "changed_by_rule", "foreign_host"}},
		{"lost request body", lost, []string{`"body_lost":true`, `"request_bytes":4`, `"done":false`, `"lost":true`},
			[]string{`"status"`, `"response":`, `"truncated"`, `"messages"`, `"error"`, `"query"`}},
		{"lost response body", lostAnswer, []string{`"response_bytes":0,"truncated":true,"body_lost":true`, `"status":200`}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			data, err := json.Marshal(detailOf(&tt.flow))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tt.want {
				if !strings.Contains(string(data), want) {
					t.Errorf("no %s in\n%s", want, data)
				}
			}
			for _, without := range tt.without {
				if strings.Contains(string(data), without) {
					t.Errorf("%s in\n%s", without, data)
				}
			}
		})
	}
}

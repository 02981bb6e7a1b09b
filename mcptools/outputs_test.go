package mcptools

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/codegen"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// oddFlow returns a flow with arbitrary members, as hostile or broken programs cause them.
func oddFlow(t *rapid.T) flow.Flow {
	pick := func(name string, list ...string) string { return rapid.SampledFrom(list).Draw(t, name) }
	header := func(name string) (h flow.Header) {
		for range rapid.IntRange(0, 4).Draw(t, name) {
			h = append(h, flow.Field{
				Name:  pick("name", "Content-Type", "content-type", "Authorization", "Cookie", "Set-Cookie", "X-\xff", "", "Content-Encoding", "Location", "\u202e"),
				Value: pick("value", "application/json", "text/html; charset=x", "multipart/form-data; boundary=", "gzip, br, ?", "a=b; c", "Bearer x", "\xff\x00\r\n", "", "a=1; a=2", "application/x-www-form-urlencoded"),
			})
		}
		return h
	}
	body := func() flow.Body {
		b := []byte(pick("body", "", "{}", "[", `{"a":{"b":[1,null,"x"]}}`, "a=1&b", "\x1f\x8b\x00", "<a><b/>", "\xff\xfe", `"\ud800"`, "1e999", `{"":0,"a":1,"a":2}`, "data: {}\n\n", "--\r\n"))
		return flow.Body{Data: b, Size: int64(len(b) + rapid.IntRange(0, 2).Draw(t, "lost")), Truncated: rapid.Bool().Draw(t, "truncated")}
	}
	f := flow.Flow{
		ID: flow.NewID(), Source: pick("source", "", "proxy", "\x1b"), Started: time.Unix(int64(rapid.IntRange(-1, 4_000_000_000).Draw(t, "started")), 0), Done: rapid.Bool().Draw(t, "done"),
		Took: time.Duration(rapid.IntRange(-1, 1_000_000).Draw(t, "took")), Err: pick("err", "", "dial https://u:p@x: refused", "\xff"),
		Request: flow.Request{
			Method: pick("method", "GET", "POST", "get", "", "PROPFIND", "CONNECT", "\u202e"), Scheme: pick("scheme", "https", "http", ""), Authority: pick("authority", "a.example", "a.example:8443", "[::1]:80", "", "\xff", "A.EXAMPLE"),
			Path: pick("path", "", "/", "/a/1", "/a/2", "*", "/%zz", "/a//b", "/\u2028"), RawQuery: pick("query", "", "a=1&a=2", "%", "token=x&&=", "x[]=1"), Header: header("request"), Body: body(),
		},
	}
	if rapid.Bool().Draw(t, "answered") {
		f.Response = &flow.Response{Status: rapid.SampledFrom([]int{200, 101, 0, 999, 404, 500, 204, -1}).Draw(t, "status"), Header: header("response"), Body: body(), Trailer: header("trailer")}
	}
	for range rapid.IntRange(0, 2).Draw(t, "messages") {
		b := body()
		f.Messages = append(f.Messages, flow.Message{Kind: flow.MessageKind(rapid.IntRange(0, 12).Draw(t, "kind")), Data: b.Data, Size: b.Size, Truncated: b.Truncated})
	}
	return f
}

// For any capture, each result conforms to the tool's output schema, which session.call checks, and
// no call fails with an internal error.
func TestResultsConformToSchemas(t *testing.T) {
	stores := 0
	rapid.Check(t, func(rt *rapid.T) {
		if stores++; stores > maxStores { // each takes a while
			return
		}
		st := storetest.NewMemory()
		var fs []flow.Flow
		for range rapid.IntRange(0, 3).Draw(rt, "flows") {
			fs = append(fs, oddFlow(rt))
		}
		if _, err := st.Append(t.Context(), fs...); len(fs) > 0 && err != nil {
			rt.Skip(err)
		}
		var log bytes.Buffer
		s := connect(t, st, func(c *setup) { c.Log = slog.New(slog.NewTextHandler(&log, nil)) })
		for _, c := range callsOf(st, t) {
			r := s.call(c.tool, c.args)
			if e, _ := r.data["error"].(object); e != nil && e["code"] == string(tool.CodeInternal) {
				rt.Fatalf("%s %v: %s\n%s", c.tool, c.args, r.text, log.String())
			}
		}
		if t.Failed() {
			rt.FailNow()
		}
	})
}

type oneCall struct {
	tool string
	args object
}

// callsOf returns calls of all tools that read, with the flows of the store as arguments.
func callsOf(st store.Reader, t *testing.T) []oneCall {
	calls := []oneCall{
		{"get_traffic_summary", object{"limit": 3}}, {"search_traffic", object{"query": "a"}}, {"search_traffic", object{"status": "none", "regex": true, "query": ".*"}},
		{"find_failures", nil}, {"find_failures", object{"status": []any{"none", ">=200"}, "filter": "-host:x", "limit": 2}}, {"compare_flows", object{"a": 1, "b": 2}}, {"compare_flows", object{"a": 2, "b": 1, "limit": 1}},
		{"search_traffic", object{"group_by": "operation"}}, {"search_traffic", object{"group_by": "content_type", "query": "a", "status": []any{200, "4xx"}}}, {"search_traffic", object{"operation": "/a/{id}"}},
		{"list_operations", object{"details": true}}, {"export_openapi_spec", nil}, {"export_openapi_spec", object{"format": "yaml", "version": "3.0", "max_bytes": 1024}},
		{"list_operations", nil}, {"get_operation", object{"method": "GET", "path": "/a/1"}}, {"explain_operation", object{"method": "GET", "path": "/a/1"}},
		{"diff_spec", object{"violations": true, "spec": smallSpec}}, {"diff_spec", object{"spec": smallSpec}}, {"list_hosts", nil}, {"get_traffic_summary", object{"limit": 2, "cursor": "start"}},
		{"detect_auth_pattern", nil}, {"find_value", object{"value": "1"}}, {"inspect_flows", object{"flow_ids": []any{1, 2, 3, 99}}},
	}
	stat := must(st.Stat(t.Context()))
	for id := 1; id <= int(stat.Last); id++ {
		calls = append(calls, oneCall{"inspect_flows", object{"flow_ids": id, "full_body": true}}, oneCall{"inspect_flows", object{"flow_ids": fmt.Sprint(id), "fields": "schemas"}},
			oneCall{"extract_from_flow", object{"flow_id": id, "json_path": "$..*"}}, oneCall{"extract_from_flow", object{"flow_id": id, "css_selector": "*", "side": "request"}},
			oneCall{"extract_from_flow", object{"flow_id": id, "css_selector": "*"}}, oneCall{"detect_auth_pattern", object{"flow_ids": id}})
		framework := codegen.Frameworks()[(id+int(stat.Flows))%len(codegen.Frameworks())]
		calls = append(calls, oneCall{"generate_client", object{"flow_ids": fmt.Sprint(id), "target_framework": framework}})
	}
	return calls
}

// maxStores is the number of random stores in one run of the test.
const maxStores = 25

const smallSpec = `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/a/{id}":{"get":{"operationId":"a","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
	"responses":{"200":{"description":"x","content":{"application/json":{"schema":{"type":"object","required":["b"]}}}}}}}}}`

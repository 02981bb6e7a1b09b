package call_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
)

// FuzzVariantOf reads what a request calls from any body. A name of an operation is a name, and the
// calls of a batch are not more than its bytes.
func FuzzVariantOf(f *testing.F) {
	f.Add("application/json", []byte(`{"query":"query A($x: [Int!] = [1]) { a(b: \"\\\"}\") { ...F } } fragment F on T { b }","operationName":"A"}`), "/graphql")
	f.Add("application/graphql", []byte("mutation B { \"\"\" } \"\"\" a } # }"), "/x")
	f.Add("application/json", []byte(`[{"jsonrpc":"2.0","id":1,"method":"a.b","params":[[]]},{"method":"c"},1]`), "/rpc")
	f.Add("text/xml", []byte(`<s:Envelope xmlns:s="e"><s:Body><m:Get xmlns:m="u"/></s:Body></s:Envelope>`), "/soap")
	f.Add("multipart/mixed; boundary=b", []byte("--b\r\nContent-Type: application/http\r\n\r\nGET /a HTTP/1.1\r\n\r\n\r\n--b--\r\n"), "/$batch")
	f.Add("application/json", []byte(`{"0":[[0],[null,0,0]],"1":[[{"a":0}],["a",0,0]]}`+"\n"+`[0,0,[[{"b":0}],["b",0,0]]]`), "/trpc/a,b")
	f.Fuzz(func(t *testing.T, typ string, body []byte, path string) {
		x := flow.Flow{
			Done: true,
			Request: flow.Request{Method: "POST", Scheme: "https", Authority: "a.example", Path: path,
				Header: flow.Header{{Name: "Content-Type", Value: typ}}, Body: flow.Body{Data: body, Size: int64(len(body))}},
			Response: &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: typ}}, Body: flow.Body{Data: body, Size: int64(len(body))}},
		}
		v := call.VariantOf(&x)
		if v != call.VariantOf(&x) {
			t.Error("it differs the second time")
		}
		call.GraphQLDocument(&x.Request)
		x.Request.RawQuery = "batch=1"
		if n := len(call.Procedures(&x)); n > 1+strings.Count(path, ",")+strings.Count(path, "%2C") {
			t.Errorf("%d procedures of %q", n, path)
		}
		for _, kind := range []string{v.Kind, "jsonrpc", "graphql"} {
			if b := call.SplitBatch(&x, kind); len(b.Calls) > len(body) {
				t.Errorf("%d calls of %d bytes", len(b.Calls), len(body))
			}
		}
	})
}

package guard

import (
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// FuzzEffectiveMethods checks the methods of arbitrary requests. The request's own method is one of
// them, and a request with an overriding header is not a read.
func FuzzEffectiveMethods(f *testing.F) {
	f.Add("a=1&_method=DELETE", "", "", "", []byte(""))
	f.Add("", "X-HTTP-Method-Override", "put", "application/json", []byte(`{"_method":"DELETE","_method":"GET"}`))
	f.Add("%5fmethod=%44ELETE;x", "x_http_method", "PATCH", "application/x-www-form-urlencoded", []byte("_METHOD=delete&%zz"))
	f.Add("", "X-Original-URL", "/x", "multipart/form-data; boundary=b", []byte("--b\r\nContent-Disposition: form-data; name=\"_method\"\r\n\r\nDELETE\r\n--b--"))
	f.Add("", "", "", "multipart/mixed; boundary=b", []byte("--b\r\n\r\nDELETE /a HTTP/1.1\r\nAction: \\u0064elete\r\n{\"delete\": {\"_op\":\"remove\"}}<a op='put'>\r\n--b--"))
	f.Fuzz(func(t *testing.T, query, name, value, typ string, body []byte) {
		r := Request{Method: "GET", URL: &url.URL{Scheme: "https", Host: "a.example", Path: "/", RawQuery: query}, Header: flow.Header{{Name: "Content-Type", Value: typ}, {Name: name, Value: value}}, Body: body}
		m := EffectiveMethods(r)
		if (IsMethodOverride(name) && strings.EqualFold(strings.TrimSpace(value), "DELETE") || IsTargetOverride(name) && value != "") && m.IsRead() {
			t.Errorf("%q: %q is a read", name, value)
		}
		if len(body) > 0 && m.IsRead() {
			t.Errorf("a GET with the body %q is a read", body)
		}
	})
}

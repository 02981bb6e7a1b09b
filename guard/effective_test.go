package guard

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
)

// TestIsMethodOverride has the names that frameworks accept, as they are sent, and ordinary fields that
// are held with them.
func TestIsMethodOverride(t *testing.T) {
	for _, names := range []struct {
		of    string
		want  bool
		names string
	}{
		{"headers", true, "X-HTTP-Method-Override x_http_method_override X.HTTP-Method_Override X-HTTP-Method X-Method-Override Method-Override " +
			"X-REST-Method X-HTTP-Override X-HTTP-Action X-Forwarded-Method X-Envoy-Original-Method X-Tunnelled-Verb"},
		{"Rails, Symfony, wai", true, "_method _METHOD _method_override overrideMethod override_method"},
		{"PHP", true, "+.method +method ++_method _method[a] _method[] _method[ %5Fmethod%5Ba%5D%5B%5D _method%00a %5fmethod[%zz] %20x-http.method_override"},
		{"qs", true, "_method.a a[_method]"},
		{"ASP.NET", true, "%u005fmethod _m%U0065thod x%u002dhttp%u002dmethod _%uff4d%uff45thod %uff3f%uff4d%uff45%uff54%uff48%uff4f%uff44"},
		{"broken escapes", true, "%_method _method%6 _method%u006 _method%uzzzz"},
		{"a proxy that decodes", true, "%255fm%65thod m%2565thod %25255f%25256dethod"},
		{"JSON", true, `\u005f\u006dethod`},
		{"look-alikes", true, "%EF%BC%BFm%EF%BD%85thod \u24dcethod"},
		{"ordinary fields", true, "method payment_method shippingMethod Access-Control-Request-Method override " + strings.Repeat("p[a].", 5000) + "method"},
		{"others", false, "Accept verb action verbose meth od %u005 %u=a %= % " + strings.Repeat("p[a].", 5000)},
	} {
		for name := range strings.FieldsSeq(names.names) {
			if IsMethodOverride(name) != names.want {
				t.Errorf("%s: %.60s: want %t", names.of, name, names.want)
			}
		}
	}
}

func TestIsTargetOverride(t *testing.T) {
	for name := range strings.FieldsSeq("X-Original-URL x_original_url X-Rewrite-URL X-Envoy-Original-Path X-Script-Name X_PATH_INFO X-Real-URL " +
		"X-Waws-Unencoded-URL Base-Url X-Forwarded-Host X-Ms-Original-Url X-Invoke-Path X-Matched-Path X-Envoy-Original-Dst-Host") {
		r := Request{Method: "GET", Header: flow.Header{{Name: name, Value: "/admin"}}}
		if m := EffectiveMethods(r); !IsTargetOverride(name) || strings.Join(m, " ") != "GET *" {
			t.Errorf("%s: %v", name, m)
		}
	}
	for name := range strings.FieldsSeq("X-Page-Url Referer X-Real-IP Server Host Accept") {
		if IsTargetOverride(name) {
			t.Error(name)
		}
	}
}

func TestEffectiveMethods(t *testing.T) {
	for _, x := range []struct{ name, method, path, header, body, want string }{
		{"plain", "get", "/?a=1", "Accept: */*", "", "GET"},
		{"head", "HEAD", "/", "", "", "HEAD"},
		{"header", "GET", "/", "X-HTTP-Method-Override: delete", "", "GET DELETE"},
		{"header with the same method", "GET", "/", "X-HTTP-Method-Override: get", "", "GET"},
		{"header with another read", "GET", "/", "X-HTTP-Method-Override: Head", "", "GET HEAD"},
		{"empty header", "GET", "/", "X-HTTP-Method-Override: ", "", "GET"},
		{"list", "GET", "/", `X-HTTP-Method-Override: "GET", 'DELETE'`, "", "GET DELETE"},
		{"no known method", "GET", "/", "X-HTTP-Method-Override: DEL ETE", "", "GET *"},
		{"no known method of a write", "POST", "/?method=transfer", "X-Payment-Method: card", "", "POST"},
		{"header of a write", "POST", "/", "X-HTTP-Method-Override: GET", "", "POST GET"},
		{"header of a preflight", "OPTIONS", "/", "Access-Control-Request-Method: PUT", "", "OPTIONS PUT"},
		{"forwarded", "GET", "/", "Forwarded: for=1;Host=evil", "", "GET *"},
		{"forwarded without host", "GET", "/", "Forwarded: for=1", "", "GET"},
		{"cookie", "GET", "/", "Cookie: a=1; _method=DELETE", "", "GET DELETE"},
		{"cookie behind a comma", "GET", "/", "Cookie: a=1, _method=DELETE", "", "GET DELETE"},
		{"query", "GET", "/?a=1&%5Fm%65thod=%44ELETE", "", "", "GET DELETE"},
		{"query behind a semicolon", "GET", "/?a=1;_method=put", "", "", "GET PUT"},
		{"query with escapes of escapes", "GET", "/?m%2565thod=%2550OST", "", "", "GET POST"},
		{"query with escapes of ASP.NET", "GET", "/?_m%U0065thod=%u0044ELETE", "", "", "GET DELETE"},
		{"query with wide letters", "GET", "/?%EF%BD%8Dethod=%EF%BC%B0UT", "", "", "GET PUT"},
		{"query with broken escapes", "GET", "/?_method=DEL%zzETE", "", "", "GET *"},
		{"query with more values", "GET", "/?method=%22DELETE%22&method=get,PUT%0A", "", "", "GET DELETE PUT"},
		{"ordinary query", "GET", "/?payment_method=card", "", "", "GET *"},
		{"query of a write", "POST", "/?_method=DELETE", "", "", "POST DELETE"},
		{"path", "GET", "/users;a=1;%5fmethod=DELETE/1", "", "", "GET DELETE"},
		{"second segment of a path", "GET", "/users;a=1/2;_method=PUT/3", "", "", "GET PUT"},
		{"path with an escaped semicolon", "GET", "/users%253B_method%3DPUT", "", "", "GET PUT"},
		{"path with an ordinary field", "GET", "/users;method=card", "", "", "GET *"},
		{"path without fields", "GET", "/_method/users/_method=DELETE", "", "", "GET"},
		{"mutation", "GET", "/?query=mutation%20M($a:Int){b(a:$a)}", "", "", "GET POST"},
		{"mutation without a name", "GET", "/?query=%EF%BB%BF%23x%0A,mutation+@a+%7Bb%7D", "", "", "GET POST"},
		{"mutation after a query", "GET", "/?operationName=M&query=query+Q{a}mutation+M{b}", "", "", "GET POST"},
		{"mutation, escaped twice", "GET", "/?query=%256dutation%7Bb%7D", "", "", "GET POST"},
		{"mutation in JSON", "GET", `/?q={"query":"\u006Dutation{b}"}`, "", "", "GET POST"},
		{"query of GraphQL", "GET", "/?query={mutations{a}}&q=mutation", "", "", "GET"},
		{"body of a get", "GET", "/", "Content-Type: application/json", `{}`, "GET POST"},
		{"body of a head", "HEAD", "/", "", `x`, "HEAD POST"},
	} {
		t.Run(x.name, func(t *testing.T) {
			path, query, _ := strings.Cut(x.path, "?")
			u := must.Get(url.Parse("https://a.example" + path))
			u.RawQuery = query
			name, value, _ := strings.Cut(x.header, ": ")
			got := EffectiveMethods(Request{Method: x.method, URL: u, Header: flow.Header{{Name: name, Value: value}}, Body: []byte(x.body)})
			if strings.Join(got, " ") != x.want {
				t.Errorf("got %v, want %s", got, x.want)
			}
			if read := !slices.ContainsFunc(strings.Fields(x.want), func(m string) bool { return !IsSafe(m) }); got.IsRead() != read {
				t.Errorf("IsRead is %v", got.IsRead())
			}
		})
	}
	if (Methods{}).IsRead() {
		t.Error("no method is a read")
	}
}

// TestBatchedMethods reads bodies that name methods for their parts, and similar ones that do not.
func TestBatchedMethods(t *testing.T) {
	const changes = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nContent-Type: application/http\r\n" +
		"Content-Transfer-Encoding: binary\r\n\r\nDELETE Products(1) HTTP/1.1\r\n\r\n--c--\r\n--b--\r\n"
	part := func(end, disposition string) string {
		return "--b" + end + "Content-Disposition: form-data; " + disposition + end + end + "   DELETE" + end + "--b--" + end
	}
	for _, x := range []struct{ name, typ, body, want string }{
		{"OData", "multipart/mixed; boundary=b", changes, "POST DELETE"},
		{"OData with a coding", "multipart/mixed; boundary=b", strings.Replace(changes, "binary", "Base64", 1), "POST * DELETE"},
		{"OData in JSON", "application/json", `{"requests":[{"id":"1","method":"get","url":"a"},{"id":"2","method" : "delete","url":"b"}]}`, "POST GET DELETE"},
		{"JSON:API", "application/vnd.api+json", `{"atomic:operations":[{"op":"remove","ref":{"type":"a","id":"1"}}]}`, "POST DELETE"},
		{"Elasticsearch", "application/x-ndjson", "{\"index\":{\"_id\":\"1\"}}\n{\"a\":1}\n{\"delete\":{\"_id\":\"2\"}}\n", "POST DELETE"},
		{"FHIR in XML", "application/fhir+xml", `<request><method value="DELETE"/><url value="Patient/1"/></request>`, "POST DELETE"},
		{"SharePoint", "application/xml", `<Batch><Method ID="1" Cmd="Delete"><Field Name="ID">2</Field></Method></Batch>`, "POST DELETE"},
		{"XML", "text/xml", `<a:method> put </a:method>`, "POST PUT"},
		{"DynamoDB", "application/x-amz-json-1.0", `{"RequestItems":{"t":[{"DeleteRequest":{"Key":{}}}]}}`, "POST DELETE"},
		{"CouchDB", "application/json", `{"docs":[{"_id":"a","_deleted":true},{"_id":"b","_deleted":false}]}`, "POST DELETE"},
		{"Azure Search", "application/json", `{"value":[{"@search.action":"delete","id":"1"}]}`, "POST DELETE"},
		{"JSON-RPC", "application/json", `{"jsonrpc":"2.0","method":"users.deleteAll","id":1}`, "POST DELETE"},
		{"Graph API", "application/x-www-form-urlencoded", "batch=%5B%7B%22method%22%3A%22DELETE%22%2C%22relative_url%22%3A%221%22%7D%5D", "POST DELETE"},
		{"escapes", "application/json", `[{"\u006dethod":"\u0044ELETE"}]`, "POST DELETE"},
		{"UTF-16", "application/json; charset=utf-16le", "[\x00{\x00\"\x00o\x00p\x00\"\x00:\x00\"\x00D\x00E\x00L\x00E\x00T\x00E\x00\"\x00}\x00]\x00", "POST DELETE"},
		{"JSON in a text of JSON", "application/json", `{"a":"{\"method\":\"DELETE\"}"}`, "POST DELETE"},
		{"requests in a text of JSON", "application/json", `{"a":"--b\r\n\r\nPUT /a HTTP/1.1\r\n"}`, "POST PUT"},
		{"of no type", "", `{"a":[{"verb":"PATCH"}]}`, "POST PATCH"},
		{"broken", "application/json", `{"method":"DELETE"`, "POST DELETE"},
		{"spaces", "application/json", `{"method"` + strings.Repeat(" ", 1000) + ":" + strings.Repeat(" ", 1000) + `"DELETE"}`, "POST DELETE"},
		{"form", "application/x-www-form-urlencoded", "a=1&%5Fmethod%5Ba%5D=+delete", "POST DELETE"},
		{"JSON", "application/json", `{"a":1,"_method":["DELETE"]}`, "POST DELETE"},
		{"multipart", "multipart/form-data; boundary=b", part("\r\n", `name="_method[a]"`), "POST DELETE"},
		{"multipart with a type", "multipart/form-data; boundary=b", part("\r\n", "name*=utf-8''%5Fmethod\r\nContent-Type: text/plain"), "POST DELETE"},
		{"multipart without boundary", "multipart/form-data", part("\r", `name="_method`), "POST DELETE"},
		{"text", "text/plain", "_method=DELETE", "POST DELETE"},

		{"a payment", "application/json", `{"method":"card","payment_method":"sepa_debit","action":"pay","op":"sum","type":"delete"}`, "POST"},
		{"a permission", "application/json", `{"permissions":{"delete":true,"remove":false},"deletedAt":"2020-01-01","_deleted":null}`, "POST"},
		{"prose", "application/json", `{"text":"Delete all, or DELETE it.\nThe method to remove the page: see HTTP/1.1"}`, "POST"},
		{"a patch", "application/json", `{"op":"replace","path":"/delete/a=b","value":"DELETE"}`, "POST"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := Request{Method: "POST", Header: flow.Header{{Name: "Content-Type", Value: x.typ}}, Body: []byte(x.body)}
			if got := strings.Join(EffectiveMethods(r), " "); got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
		})
	}
}

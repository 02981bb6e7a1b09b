package guard

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

func TestEffectiveMethods(t *testing.T) {
	const form = "Content-Type: application/x-www-form-urlencoded"
	const json = "Content-Type: application/json; charset=utf-8"
	const multipart = "Content-Type: multipart/form-data; boundary=b"
	part := func(disposition, value string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + value + "\r\n--b--\r\n"
	}
	for _, x := range []struct {
		name, method, query string
		header              []string
		body                string
		want                string
	}{
		{"plain", "get", "a=1", []string{"Accept: */*"}, "", "GET"},
		{"head", "HEAD", "", nil, "", "HEAD"},
		{"post", "POST", "", []string{form}, "a=1", "POST"},
		{"header", "GET", "", []string{"X-HTTP-Method-Override: DELETE"}, "", "GET DELETE"},
		{"lower case", "GET", "", []string{"x-http-method-override: delete"}, "", "GET DELETE"},
		{"underscores", "GET", "", []string{"X_HTTP_Method_Override: PUT"}, "", "GET PUT"},
		{"mixed punctuation", "GET", "", []string{"X.HTTP-Method_Override: PUT"}, "", "GET PUT"},
		{"method override", "GET", "", []string{"X-Method-Override: PATCH"}, "", "GET PATCH"},
		{"http method", "GET", "", []string{"X-HTTP-Method: MERGE"}, "", "GET MERGE"},
		{"forwarded method", "GET", "", []string{"X-Forwarded-Method: DELETE"}, "", "GET DELETE"},
		{"longer name", "GET", "", []string{"X-Method-Override0: A", "X-Method-Override9: A", "X-Method-Overridea: A"}, "", "GET"},
		{"longer names", "GET", "", []string{"X-Method-OverrideA: A", "X-Method-OverrideZ: A", "X-Method-Overridez: A"}, "", "GET"},
		{"rest method", "GET", "", []string{"X-REST-Method: DELETE"}, "", "GET DELETE"},
		{"override without x", "GET", "", []string{"Method-Override: DELETE"}, "", "GET DELETE"},
		{"http override", "GET", "", []string{"X-HTTP-Override: DELETE"}, "", "GET DELETE"},
		{"http action", "GET", "", []string{"X-HTTP-Action: DELETE"}, "", "GET DELETE"},
		{"method of something else", "GET", "", []string{"X-Payment-Method: card", "Access-Control-Request-Method: PUT"}, "", "GET"},
		{"same method", "GET", "", []string{"X-HTTP-Method-Override: get"}, "", "GET"},
		{"empty override", "GET", "", []string{"X-HTTP-Method-Override: "}, "", "GET"},
		{"list", "GET", "", []string{"X-HTTP-Method-Override: GET, DELETE"}, "", "GET DELETE"},
		{"two lines", "GET", "", []string{"X-HTTP-Method: PUT", "X-Method-Override: DELETE"}, "", "GET PUT DELETE"},
		{"no token", "GET", "", []string{"X-HTTP-Method-Override: DEL ETE"}, "", "GET *"},
		{"original url", "GET", "", []string{"X-Original-URL: /admin"}, "", "GET *"},
		{"original url with underscores", "GET", "", []string{"x_original_url: /admin"}, "", "GET *"},
		{"rewrite url", "GET", "", []string{"X-Rewrite-URL: /admin"}, "", "GET *"},
		{"envoy", "GET", "", []string{"X-Envoy-Original-Path: /admin"}, "", "GET *"},
		{"script name", "GET", "", []string{"X-Script-Name: /admin"}, "", "GET *"},
		{"path info", "GET", "", []string{"X_PATH_INFO: /admin"}, "", "GET *"},
		{"real url", "GET", "", []string{"X-Real-URL: /admin"}, "", "GET *"},
		{"unencoded url", "GET", "", []string{"X-Waws-Unencoded-URL: /admin"}, "", "GET *"},
		{"base url", "GET", "", []string{"Base-Url: /admin"}, "", "GET *"},
		{"url of something else", "GET", "", []string{"X-Page-Url: /a", "Referer: /b", "X-Real-IP: 1", "Server: a"}, "", "GET"},
		{"forwarded host", "GET", "", []string{"X-Forwarded-Host: evil"}, "", "GET *"},
		{"forwarded", "GET", "", []string{"Forwarded: for=1;Host=evil"}, "", "GET *"},
		{"Azure", "GET", "", []string{"X-Ms-Original-Url: /admin"}, "", "GET *"},
		{"Next.js", "GET", "", []string{"X-Invoke-Path: /admin"}, "", "GET *"},
		{"matched path", "GET", "", []string{"X-Matched-Path: /admin"}, "", "GET *"},
		{"original destination", "GET", "", []string{"X-Envoy-Original-Dst-Host: 10.0.0.1"}, "", "GET *"},
		{"method in the query", "GET", "a=1&method=delete", nil, "", "GET DELETE"},
		{"method in the query, escaped", "GET", "%4dethod=%50OST", nil, "", "GET POST"},
		{"method of something else in the query", "GET", "method=card&method=get&method=posted&a.method=POST", nil, "", "GET"},
		{"method in the query, escaped twice", "GET", "m%2565thod=%2550OST", nil, "", "GET POST"},
		{"method in the query of PHP", "GET", "method%00a=PUT&method[]=PATCH", nil, "", "GET PUT PATCH"},
		{"method in the query, wide", "GET", "%EF%BD%8Dethod=%EF%BC%B0UT", nil, "", "GET PUT"},
		{"method in the query, with more", "GET", "method=%22DELETE%22&method=get,PUT%0A", nil, "", "GET DELETE PUT"},
		{"method in a form", "GET", "", []string{form}, "method=PUT", "GET POST PUT"},
		{"mutation", "GET", "query=mutation%20M($a:Int){b(a:$a)}", nil, "", "GET POST"},
		{"mutation without a name", "GET", "query=%EF%BB%BF%23x%0A,mutation+@a+%7Bb%7D", nil, "", "GET POST"},
		{"mutation after a query", "GET", "operationName=M&query=query+Q{a}mutation+M{b}", nil, "", "GET POST"},
		{"mutation, escaped twice", "GET", "query=%256dutation%7Bb%7D", nil, "", "GET POST"},
		{"mutation in JSON", "GET", `q={"query":"\u006Dutation{b}"}`, nil, "", "GET POST"},
		{"query of GraphQL", "GET", "query={mutations{a}}", nil, "", "GET"},
		{"the word", "GET", "q=mutation", nil, "", "GET"},
		{"forwarded without host", "GET", "", []string{"Forwarded: for=1"}, "", "GET"},
		{"query", "GET", "a=1&_method=DELETE", nil, "", "GET DELETE"},
		{"escaped query", "GET", "%5Fm%65thod=%44ELETE", nil, "", "GET DELETE"},
		{"query separated by semicolons", "GET", "a=1;_method=DELETE", nil, "", "GET DELETE"},
		{"query in upper case", "GET", "_METHOD=delete", nil, "", "GET DELETE"},
		{"query of PHP", "GET", "+.method=DELETE", nil, "", "GET DELETE"},
		{"query with a space that may be mapped", "GET", "+method=DELETE", nil, "", "GET DELETE"},
		{"query of PHP with an index", "GET", "_method[a]=DELETE", nil, "", "GET DELETE"},
		{"query of PHP with an index that is escaped", "GET", "%5Fmethod%5Ba%5D%5B%5D=DELETE", nil, "", "GET DELETE"},
		{"query of PHP with half an index", "GET", "_method[=DELETE", nil, "", "GET DELETE"},
		{"query of PHP with a zero byte", "GET", "_method%00a=DELETE", nil, "", "GET DELETE"},
		{"query of PHP with an invalid escape", "GET", "%5fmethod[%zz]=DELETE", nil, "", "GET DELETE"},
		{"query of PHP with spaces", "GET", "++_method=DELETE&%20x-http.method_override=PUT", nil, "", "GET DELETE PUT"},
		{"query of PHP with a dot", "GET", ".method=DELETE", nil, "", "GET DELETE"},
		{"query of qs with a dot", "GET", "_method.a=DELETE", nil, "", "GET DELETE"},
		{"query of ASP.NET", "GET", "%u005fmethod=DELETE", nil, "", "GET DELETE"},
		{"query of ASP.NET with a name in parts", "GET", "_m%U0065thod=%u0044ELETE", nil, "", "GET DELETE"},
		{"query of ASP.NET with the header's name", "GET", "x%u002dhttp%u002dmethod=DELETE", nil, "", "GET DELETE"},
		{"query of ASP.NET with wide letters", "GET", "_%uff4d%uff45thod=DELETE", nil, "", "GET DELETE"},
		{"query with only wide letters", "GET", "%uff3f%uff4d%uff45%uff54%uff48%uff4f%uff44=DELETE", nil, "", "GET DELETE"},
		{"query with an escape at the end of its name", "GET", "_metho%64=DELETE&_metho%u0064=PUT", nil, "", "GET DELETE PUT"},
		{"query with half an escape at the end of its name", "GET", "_method%6=DELETE&_method%u006=PUT", nil, "", "GET"},
		{"query with an escape of ASP.NET that is none", "GET", "_method%uzzzz=DELETE&_method%zz=PUT", nil, "", "GET"},
		{"value with an invalid escape", "GET", "_method=DEL%zzETE", nil, "", "GET DEL%ZZETE"},
		{"query with half an escape of ASP.NET", "GET", "%u005=DELETE&%u=a&%=b&%5=c&%u00zz=d", nil, "", "GET"},
		{"query that is escaped twice", "GET", "%255fmethod=DELETE", nil, "", "GET DELETE"},
		{"query that is escaped three times", "GET", "%25255fmethod=DELETE", nil, "", "GET DELETE"},
		{"query that is escaped four times", "GET", "%2525255fmethod=DELETE", nil, "", "GET"},
		{"plain names", "GET", "", []string{"Method: DELETE", "Verb: DELETE", "Action: DELETE"}, "", "GET"},
		{"query with other names", "GET", "methods[]=a&a.method=b&method[a]=c&a[_method]=d&_methodology=e&%5fmethods=f", nil, "", "GET"},
		{"query with other words for override", "GET", "override_method=DELETE&overrideMethod=PUT", nil, "", "GET DELETE PUT"},
		{"tunneled method", "GET", "", []string{"X-Tunneled-Method: DELETE", "X-Tunnelled-Verb: PUT"}, "", "GET DELETE PUT"},
		{"method behind envoy", "GET", "", []string{"X-Envoy-Original-Method: DELETE"}, "", "GET DELETE"},
		{"requested method", "GET", "", []string{"X-Requested-Method: DELETE", "X-Rewrite-Method: PUT"}, "", "GET DELETE PUT"},
		{"cookie", "GET", "", []string{"Cookie: a=1; _method=DELETE"}, "", "GET DELETE"},
		{"cookie behind a comma", "GET", "", []string{"Cookie: a=1, _method=DELETE"}, "", "GET DELETE"},
		{"cookie with another name", "GET", "", []string{"Cookie: method=DELETE; a=_method"}, "", "GET DELETE"},
		{"query with an invalid escape", "GET", "%_method=DELETE", nil, "", "GET DELETE"},
		{"query array", "GET", "_method[]=DELETE", nil, "", "GET DELETE"},
		{"query with the header's name", "GET", "X-HTTP-Method-Override=DELETE", nil, "", "GET DELETE"},
		{"query of wai", "GET", "_method_override=PUT", nil, "", "GET PUT"},
		{"ordinary query", "GET", "method=card&payment_method=x&methodName=y&requestMethod=z", nil, "", "GET"},
		{"body of a get", "GET", "", []string{json}, `{}`, "GET POST"},
		{"body of a head", "HEAD", "", nil, `x`, "HEAD POST"},
		{"form", "POST", "", []string{form}, "a=1&_method=DELETE", "POST DELETE"},
		{"form without a type", "POST", "", nil, "_method=DELETE", "POST DELETE"},
		{"json", "POST", "", []string{json}, `{"a":{"_method":"X"},"_method":"DELETE"}`, "POST DELETE"},
		{"json twice", "POST", "", []string{json}, `{"_method":"PUT","_method":"DELETE"}`, "POST PUT DELETE"},
		{"json escapes", "POST", "", []string{json}, `{"\u005fmethod":"\u0044ELETE"}`, "POST DELETE"},
		{"json without a type", "POST", "", nil, `{"_method":"DELETE"}`, "POST DELETE"},
		{"json of another kind", "POST", "", []string{json}, `{"_method":["DELETE"]}`, "POST *"},
		{"broken json", "POST", "", []string{json}, `{"a":1 "_method":"DELETE"}`, "POST * DELETE"},
		{"json with a value that is none", "POST", "", []string{json}, `{"_method":DELETE}`, "POST * DELETE"},
		{"json that is cut in a value", "POST", "", []string{json}, `{"_method":"DELETE`, "POST * DELETE"},
		{"broken json without override", "POST", "", []string{json}, `{"a":b}`, "POST"},
		{"json array", "POST", "", []string{json}, `[{"_method":"DELETE"}]`, "POST DELETE"},
		{"multipart", "POST", "", []string{multipart}, part(`name="_method"`, "DELETE"), "POST DELETE"},
		{"multipart without override", "POST", "", []string{multipart}, part(`name="a"`, "method"), "POST"},
		{"multipart without boundary", "POST", "", []string{"Content-Type: multipart/form-data"}, part(`name="_method"`, "DELETE"), "POST *"},
		{"multipart with a long method", "POST", "", []string{multipart}, part(`name="_method"`, strings.Repeat(" ", 300)+"DELETE"), "POST *"},
		{"multipart with an empty boundary", "POST", "", []string{`Content-Type: multipart/form-data; boundary=""`},
			"--\r\nContent-Disposition: form-data; name=a\r\n\r\nmethod\r\n----\r\n", "POST *"},
		{"multipart with a bad type", "POST", "", []string{"Content-Type: multipart/form-data; boundary=b; boundary=c"},
			part(`name="a"`, "method"), "POST *"},
		{"multipart that is cut", "POST", "", []string{multipart}, "--b\r\nContent-Disposition: form-data; name=_method\r\n\r\nX", "POST * X"},
		{"multipart that is cut in a header", "POST", "", []string{multipart}, "--b\r\nContent-Disposition: form-data; name=_method", "POST *"},
		{"multipart with another line end", "POST", "", []string{multipart},
			"--b\r\nContent-Disposition: form-data; name=_method\r\rDELETE\r--b--", "POST *"},
		{"multipart that is cut without override", "POST", "", []string{multipart}, "--b\r\nContent-Disposition: form-data; name=a", "POST"},
		{"multipart with a method of 255 bytes", "POST", "", []string{multipart},
			part(`name="_method"`, strings.Repeat(" ", 249)+"DELETE"), "POST DELETE"},
		{"multipart with a method of 256 bytes", "POST", "", []string{multipart},
			part(`name="_method"`, strings.Repeat(" ", 250)+"DELETE"), "POST * DELETE"},
		{"multipart with a bad disposition", "POST", "", []string{multipart}, part(`name="_method`, "DELETE"), "POST *"},
		{"multipart with a name of PHP", "POST", "", []string{multipart}, part(`name="_method[a]"`, "DELETE"), "POST DELETE"},
		{"json with a name of PHP", "POST", "", []string{json}, `{"_method[a]":"DELETE"}`, "POST DELETE"},
		{"text", "POST", "", []string{"Content-Type: text/plain"}, "_method=DELETE", "POST DELETE"},
		{"post to get", "POST", "", []string{"X-HTTP-Method-Override: GET"}, "", "POST GET"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := Request{Method: x.method, URL: &url.URL{RawQuery: x.query}, Body: []byte(x.body)}
			for _, line := range x.header {
				name, value, _ := strings.Cut(line, ": ")
				r.Header = append(r.Header, flow.Field{Name: name, Value: value})
			}
			got := EffectiveMethods(r)
			if strings.Join(got, " ") != x.want {
				t.Errorf("got %v, want %s", got, x.want)
			}
			read := !slices.ContainsFunc(strings.Fields(x.want), func(m string) bool { return m != "GET" && m != "HEAD" })
			if got.IsRead() != read {
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

		{"a payment", "application/json", `{"method":"card","payment_method":"sepa_debit","action":"pay","op":"sum","type":"delete"}`, "POST"},
		{"a permission", "application/json", `{"permissions":{"delete":true,"remove":false},"deletedAt":"2020-01-01","_deleted":null}`, "POST"},
		{"prose", "application/json", `{"text":"The method: delete all, or DELETE it.\nAction items: remove the page, see HTTP/1.1"}`, "POST"},
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

func TestMethodInPath(t *testing.T) {
	for path, want := range map[string]string{
		"/users;_method=DELETE": "GET DELETE", "/users;a=1;%5fmethod=DELETE/1": "GET DELETE", "/users;a=1/2;_method=PUT/3": "GET PUT",
		"/users/_method=DELETE": "GET", "/users;method=DELETE": "GET DELETE", "/users;method=card": "GET", "/_method/users": "GET",
		"/users%3B_method=DELETE": "GET DELETE", "/users%3b_method%3DDELETE/1": "GET DELETE", "/users%253B_method=PUT": "GET PUT", "/users%3B1": "GET",
	} {
		u, err := url.Parse("https://a.example" + path)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(EffectiveMethods(Request{Method: "GET", URL: u}), " "); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestOverrides(t *testing.T) {
	for _, x := range []struct {
		name           string
		method, target bool
	}{
		{"X-HTTP-Method-Override", true, false},
		{"x_http_method_override", true, false},
		{"X-Original-URL", false, true},
		{"x_original_url", false, true},
		{"Method", false, false},
		{"Accept", false, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			if IsMethodOverride(x.name) != x.method || IsTargetOverride(x.name) != x.target {
				t.Errorf("method %v, target %v", IsMethodOverride(x.name), IsTargetOverride(x.name))
			}
		})
	}
}

// TestManyOverrides reads requests that are expensive to read: names of nested arrays, of which
// each could be an override, and more methods than exist.
func TestManyOverrides(t *testing.T) {
	for name, want := range map[string]bool{
		strings.Repeat("p.", 5000): false, "p" + strings.Repeat("[a]", 5000): false, "p" + strings.Repeat("[]", 5000): false,
		"_method" + strings.Repeat("[a]", 5000): true, "x-http" + strings.Repeat("[-", 5000) + "method.a": true,
		strings.Repeat("é[", 5000) + "_method[": true,
	} {
		if allocs := testing.AllocsPerRun(1, func() {
			if IsMethodOverride(name) != want {
				t.Errorf("%.30s…: want %t", name, want)
			}
		}); allocs > 1000 {
			t.Errorf("%.30s…: %v allocations", name, allocs)
		}
	}
	var many strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&many, "M%d,", i)
	}
	for _, r := range []Request{
		{Method: "GET", Header: flow.Header{{Name: "X-HTTP-Method-Override", Value: many.String()}}},
		{Method: "GET", URL: &url.URL{RawQuery: "_method=" + many.String()}},
	} {
		if m := EffectiveMethods(r); len(m) > 20 || m[0] != "GET" || m[1] != "M0" || m[len(m)-1] != AnyMethod {
			t.Errorf("%d methods: %.200q", len(m), m)
		}
	}
}

func TestDecideEffectiveMethods(t *testing.T) {
	confirmDelete := Policy{NoConfirmDangerous: true, Confirm: []string{"DELETE"}}
	for _, x := range []struct {
		name    string
		methods Methods
		policy  Policy
		want    Verdict
	}{
		{"a read", Methods{"GET"}, Policy{}, Allow},
		{"a read that may delete", Methods{"GET", "DELETE"}, Policy{}, Hold},
		{"a read that may be anything", Methods{"GET", AnyMethod}, Policy{}, Hold},
		{"a read that may delete, read only", Methods{"GET", "DELETE"}, Policy{ReadOnly: true}, Deny},
		{"a read that may be anything, read only", Methods{"GET", AnyMethod}, Policy{ReadOnly: true}, Deny},
		{"a post where deletes are confirmed", Methods{"POST"}, confirmDelete, Allow},
		{"a post that may delete", Methods{"POST", "DELETE"}, confirmDelete, Hold},
		{"a post that may be anything", Methods{"POST", AnyMethod}, confirmDelete, Hold},
		{"anything where nothing is confirmed", Methods{"POST", AnyMethod}, Policy{NoConfirmDangerous: true}, Allow},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := Call{Tool: "t", Method: x.methods[0], Methods: x.methods, Checked: true, Policy: x.policy}
			if got := Decide(c); got.Verdict != x.want {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

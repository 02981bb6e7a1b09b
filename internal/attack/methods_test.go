package attack

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// A GET that a server may handle as a write is held (threat 3).
func TestDisguisedWritesOfReplay(t *testing.T) {
	const tries = "sends a GET that the API handles as a write, or as a request for another path or host"
	const holds = "nothing is sent without a confirmation, also if only a person may confirm"
	header := func(name, value string) object {
		return object{"flow_id": 1, "headers_json": fmt.Sprintf(`{%q:%q}`, name, value)}
	}
	type variant struct {
		name string
		args object
	}
	var list []variant
	for _, name := range []string{
		"X-HTTP-Method-Override", "x_http_method_override", "X-Http-Method_Override", "X.HTTP.Method.Override",
		"X-HTTP-Method", "X-Method-Override", "X-Original-Method", "X-Forwarded-Method", "X--HTTP--Method--Override",
		"HTTP-Method-Override", "_X-HTTP-METHOD-OVERRIDE_", "X~HTTP~Method~Override", "X-REST-Method", "X-Method", "Method-Override",
		"X-HTTP-Override", "X-HTTP-Action", "X-Tunneled-Method", "X-Envoy-Original-Method", "X-Requested-Method", "X-Overridden-Verb",
	} {
		list = append(list, variant{name, header(name, "DELETE")})
	}
	for _, value := range []string{"delete", " DELETE ", "GET, DELETE", `"DELETE"`, "GET;DELETE", "DELETE\tGET", "PURGE", "GET,,PATCH"} {
		list = append(list, variant{fmt.Sprintf("override by %q", value), header("X-HTTP-Method-Override", value)})
	}
	for _, name := range []string{
		"X-Original-URL", "X-Rewrite-URL", "X_Original_URL", "X-Original-URI", "X-Envoy-Original-Path", "X-Forwarded-Host",
		"X-Forwarded-Uri", "X-Forwarded-Path", "X-Forwarded-Prefix", "X-Host", "X-Forwarded-Server", "X-Rewrite-Path",
		"X-HTTP-Host-Override", "X-Original-Host", "X-Real-URL", "X-Script-Name", "X-Path-Info", "X-Waws-Unencoded-URL",
		"X-Ingress-Path", "Base-Url", "Http-Url", "X-HTTP-DestinationURL", "Proxy-Url", "Uri",
	} {
		list = append(list, variant{name, header(name, "/admin/delete")})
	}
	list = append(list,
		variant{"Forwarded", header("Forwarded", "for=1.1.1.1; HOST=evil.example")},
		variant{"two headers in one object", object{"flow_id": 1, "headers_json": `{"X-A":"1","X-HTTP-Method":"PUT"}`}},
		variant{"escaped name", object{"flow_id": 1, "headers_json": `{"\u0058-HTTP-Method":"PUT"}`}},
		variant{"value of a variable", header("X-HTTP-Method", "$m")},
		variant{"half a variable", header("X-HTTP-Method", "DEL${e}")},
		variant{"body", object{"flow_id": 1, "body": "a=1"}},
		variant{"body of a variable", object{"flow_id": 1, "body": "$m"}},
		variant{"body of spaces", object{"flow_id": 1, "body": " "}},
		variant{"HEAD with a body", object{"flow_id": 1, "method": "HEAD", "body": "x"}},
		variant{"OPTIONS with a body", object{"flow_id": 1, "method": "options", "body": "x"}},
		variant{"captured body", object{"flow_id": 2}},
		variant{"captured body under GET", object{"flow_id": 3, "method": "GET"}},
		variant{"captured _method", object{"flow_id": 4}},
		variant{"captured escaped _method", object{"flow_id": 5}},
		variant{"captured _method[]", object{"flow_id": 6}},
		variant{"captured override header", object{"flow_id": 7}},
		variant{"captured _method behind a semicolon", object{"flow_id": 8}},
		variant{"captured %u005fmethod", object{"flow_id": 9}},
		variant{"captured _method[a]", object{"flow_id": 10}},
		variant{"captured _method with a zero byte", object{"flow_id": 11}},
		variant{"captured _method, escaped twice", object{"flow_id": 12}},
		variant{"captured _method of a broken escape", object{"flow_id": 13}},
		variant{"captured cookie", object{"flow_id": 14}},
		variant{"captured path parameter", object{"flow_id": 15}},
		variant{"TRACE", object{"flow_id": 1, "method": "TRACE"}},
		variant{"method with a space", object{"flow_id": 1, "method": "GET /admin HTTP/1.1\r\nX: "}},
		variant{"method in another script", object{"flow_id": 1, "method": "poſt"}},
		variant{"QUERY", object{"flow_id": 1, "method": "QUERY"}},
	)
	u := (&attack{T: t}).upstream(nil) // no attack may reach it
	db := captureOfWrites(t, u)
	for _, c := range list {
		for _, human := range []bool{false, true} {
			run := try
			if human {
				run = trySlow
			}
			run(t, fmt.Sprintf("%s/human=%v", c.name, human), tries, holds, func(a *attack) {
				args := sending(db(a), u)
				if human {
					args = append(args, "--require-human")
				}
				g := a.agent(legacy, args)
				g.fine("set_session_variable", object{"name": "m", "value": "DELETE"})
				g.fine("set_session_variable", object{"name": "e", "value": "ETE"})
				g.call("replay_flow", c.args)
				a.untouched(u)
			})
		}
	}
}

// captureOfWrites is captureOnce of a GET and of requests that an API may handle as a write.
func captureOfWrites(t *testing.T, u *upstream) func(a *attack) string {
	t.Helper()
	return captureOnce(t,
		exchange{url: u.URL + "/a?q=1"},
		exchange{url: u.URL + "/a", typ: "text/plain", body: "x"},
		exchange{method: "POST", url: u.URL + "/a", typ: "application/json", body: `{"_method":"DELETE"}`},
		exchange{url: u.URL + "/a?_method=DELETE"},
		exchange{url: u.URL + "/a?x=1&%5fmeth%6fd=DELETE"},
		exchange{url: u.URL + "/a?_method[]=DELETE"},
		exchange{url: u.URL + "/a", header: []string{"X-HTTP-Method-Override: DELETE"}},
		exchange{url: u.URL + "/a?a=1;_method=DELETE"},
		exchange{url: u.URL + "/a?%u005fmethod=DELETE"},
		exchange{url: u.URL + "/a?_method[a]=DELETE"},
		exchange{url: u.URL + "/a?_method%00x=DELETE"},
		exchange{url: u.URL + "/a?%255fmethod=DELETE"},
		exchange{url: u.URL + "/a?%5fmethod[%zz]=DELETE"},
		exchange{url: u.URL + "/a", header: []string{"Cookie: _method=DELETE"}},
		exchange{url: u.URL + "/a;_method=DELETE"},
	)
}

// The same through fuzz_endpoint, which chooses the values but not the names (threat 3).
func TestDisguisedWritesOfFuzz(t *testing.T) {
	for _, c := range []struct{ name, param, kind string }{
		{"_method", "_method", "query"}, {"X-HTTP-Method-Override", "X-HTTP-Method-Override", "query"},
		{"member of a body", "x", "json_body"}, {"escaped name", "%5fmethod", "query"}, {"array", "_method[]", "query"},
		{"two parameters", "a=1&_method", "query"},
	} {
		try(t, c.name, "makes a GET a write by the parameter that it tries", "nothing is sent without a confirmation", func(a *attack) {
			u := a.upstream(nil)
			db := a.capture(exchange{url: u.URL + "/a?q=1", typ: "application/json", body: `{"x":1}`}, exchange{url: u.URL + "/a?q=1"})
			g := a.agent(legacy, sending(db, u))
			id := 2
			if c.kind == "json_body" {
				id = 1
			}
			g.call("fuzz_endpoint", object{"flow_id": id, "target_param": c.param, "param_type": c.kind})
			for _, r := range u.requests() {
				if overridden(r) || r.body != "" {
					a.breach("sent %s", r)
				}
			}
		})
	}
}

// overridden reports whether a server may take another method from the query of a request.
func overridden(r request) bool {
	_, query, _ := strings.Cut(r.uri, "?")
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err != nil || strings.Contains(strings.ToLower(name), "method") && !strings.ContainsAny(name, "&%") {
			return true
		}
	}
	return false
}

// overriding is a document with operations whose arguments may turn a read into a write.
const overriding = `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /header:
    get:
      operationId: header
      parameters:
        - {name: X-HTTP-Method-Override, in: header, schema: {type: string}}
        - {name: x_method_override, in: header, schema: {type: string}}
        - {name: X-Original-URL, in: header, schema: {type: string}}
        - {name: X-Forwarded-Host, in: header, schema: {type: array, items: {type: string}}}
      responses: {"200": {description: ok}}
  /query:
    get:
      operationId: query
      parameters:
        - {name: _method, in: query, schema: {type: string}}
        - {name: filter, in: query, style: form, explode: true, schema: {type: object, additionalProperties: {type: string}}}
        - {name: deep, in: query, style: deepObject, explode: true, schema: {type: object, additionalProperties: {type: string}}}
        - {name: list, in: query, allowReserved: true, schema: {type: string}}
      responses: {"200": {description: ok}}
  /body:
    get:
      operationId: getBody
      requestBody: {content: {application/json: {schema: {}}, application/x-www-form-urlencoded: {schema: {type: object}}, text/plain: {schema: {type: string}}}}
      responses: {"200": {description: ok}}
    post:
      operationId: postBody
      requestBody:
        content:
          application/json: {schema: {}}
          application/x-www-form-urlencoded: {schema: {type: object, additionalProperties: {type: string}}}
          multipart/form-data: {schema: {type: object, additionalProperties: {type: string}}}
          text/plain: {schema: {type: string}}
      parameters: [{name: _method, in: query, schema: {type: string}}, {name: X-HTTP-Method, in: header, schema: {type: string}}]
      responses: {"200": {description: ok}}
`

// Arguments of serve that may turn a read into a write are held, and one write into another that a
// person wants to confirm (threat 3).
func TestDisguisedWritesOfServe(t *testing.T) {
	const tries = "chooses arguments with which the API handles a request as another"
	const holds = "nothing is sent without a confirmation"
	postOnly := []string{"--no-confirm-dangerous", "--confirm", "DELETE"}
	for _, c := range []struct {
		name, tool string
		args       object
		flags      []string
	}{
		{"header", "header", object{"X-HTTP-Method-Override": "DELETE"}, nil},
		{"header with underscores", "header", object{"x_method_override": "DELETE"}, nil},
		{"path header", "header", object{"X-Original-URL": "/admin"}, nil},
		{"host header", "header", object{"X-Forwarded-Host": []string{"evil.example"}}, nil},
		{"query", "query", object{"_method": "DELETE"}, nil},
		{"exploded object", "query", object{"filter": object{"_method": "DELETE"}}, nil},
		{"exploded object, other spelling", "query", object{"filter": object{"X_HTTP_Method_Override": "DELETE"}}, nil},
		{"exploded object, PHP spelling", "query", object{"filter": object{".method": "DELETE"}}, nil},
		{"exploded object, leading space", "query", object{"filter": object{" _method": "DELETE"}}, nil},
		{"exploded object, array", "query", object{"filter": object{"_method[]": "DELETE"}}, nil},
		{"exploded object, NUL", "query", object{"filter": object{"_method\x00": "DELETE"}}, nil},
		{"exploded object, array with a name", "query", object{"filter": object{"_method[a]": "DELETE"}}, nil},
		{"exploded object, NUL and more", "query", object{"filter": object{"_method\x00x": "DELETE"}}, nil},
		{"exploded object, escaped name", "query", object{"filter": object{"%5fmethod": "DELETE"}}, nil},
		{"exploded object, ASP.NET spelling", "query", object{"filter": object{"%u005fmethod": "DELETE"}}, nil},
		{"exploded object, wide letters", "query", object{"filter": object{"_ｍethod": "DELETE"}}, nil},
		{"reserved ASP.NET spelling", "query", object{"list": "a&%u005fmethod=DELETE"}, nil},
		{"reserved characters", "query", object{"list": "a&_method=DELETE"}, nil},
		{"reserved characters with a semicolon", "query", object{"list": "a;_method=DELETE"}, nil},
		{"JSON body of a GET", "getBody", object{"requestBody": object{"x": 1}}, nil},
		{"text body of a GET", "getBody", object{"requestBody": "x", "requestContentType": "text/plain"}, nil},
		{"read-only header", "header", object{"X-HTTP-Method-Override": "DELETE"}, []string{"--read-only", "--no-confirm-dangerous"}},
		{"read-only query", "query", object{"filter": object{"_method": "DELETE"}}, []string{"--read-only"}},
		{"POST to DELETE by query", "postBody", object{"_method": "DELETE"}, postOnly},
		{"POST to DELETE by header", "postBody", object{"X-HTTP-Method": "delete"}, postOnly},
		{"POST to DELETE by JSON", "postBody", object{"requestBody": object{"_method": "DELETE"}}, postOnly},
		{"POST to DELETE by form", "postBody", object{"requestBody": object{"_method": "DELETE"}, "requestContentType": "application/x-www-form-urlencoded"}, postOnly},
		{"POST to DELETE by multipart", "postBody", object{"requestBody": object{"_method": "DELETE"}, "requestContentType": "multipart/form-data"}, postOnly},
		{"no-confirm header", "header", object{"X-HTTP-Method-Override": "DELETE"}, postOnly},
	} {
		for _, revision := range []string{legacy, modern} {
			try(t, revision+"/"+c.name, tries, holds, func(a *attack) {
				u := a.upstream(nil)
				g := a.agent(revision, a.serving(u, overriding, c.flags...))
				g.call(c.tool, c.args)
				for _, r := range u.requests() {
					if !strings.HasPrefix(c.name, "reserved ") || overridden(r) {
						a.breach("sent %s", r)
					}
				}
			})
		}
	}
}

// An API cannot turn a read into a write by a redirect (threat 3).
func TestRedirectsToWrites(t *testing.T) {
	const tries = "is redirected by the API from a read to a URL that it handles as a write"
	const holds = "the redirect is not followed, and the caller sees where it leads"
	for _, to := range []string{"/b?_method=DELETE", "/b?x=1&%5fmethod[]=DELETE", "/b?%u005fmethod=PUT", "/b?X-HTTP-Method-Override=DELETE", "?_method=PATCH", "/b;_method=DELETE"} {
		try(t, to, tries, holds, func(a *attack) {
			u := a.upstream(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.RawQuery == "q=1" || r.URL.Path == "/query" {
					w.Header().Set("Location", to)
					w.WriteHeader(http.StatusFound)
				}
			})
			db := a.capture(exchange{url: u.URL + "/a?q=1"})
			a.agent(legacy, sending(db, u)).call("replay_flow", object{"flow_id": 1})
			a.agent(legacy, a.serving(u, overriding)).call("query", object{})
			if got := u.requests(); len(got) != 2 {
				a.breach("the upstream received %d requests: %s", len(got), u.all())
			}
		})
	}
}

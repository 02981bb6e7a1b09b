package traffic

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spectap/spectap/flow"
)

// failed returns a flow with a response.
func failed(status int, contentType, body string) *flow.Flow {
	return &flow.Flow{Done: true, Request: flow.Request{Method: "POST", Path: "/x"}, Response: &flow.Response{
		Status: status, Header: flow.Header{{Name: "Content-Type", Value: contentType}},
		Body: flow.Body{Data: []byte(body), Size: int64(len(body))},
	}}
}

func TestMessage(t *testing.T) {
	const json, problem = "application/json", "application/problem+json"
	for _, c := range []struct{ name, contentType, body, want string }{
		{"message", json, `{"message":"Not Found","documentation_url":"x"}`, "Not Found"},
		{"text of error", json, `{"error":"no such user","status":404}`, "no such user"},
		{"object of error", json, `{"error":{"code":"bad","message":"no such user"}}`, "no such user"},
		{"OAuth 2", json, `{"error":"invalid_grant","error_description":"the code has expired"}`, "the code has expired"},
		{"problem details", problem, `{"type":"about:blank","title":"Gone","status":410,"detail":"It was sold"}`, "It was sold"},
		{"title of a problem", problem, `{"title":"Out of credit","status":403}`, "Out of credit"},
		{"invalid-params", problem, `{"title":"Bad","invalid-params":[{"name":"age","reason":"must be positive"}]}`, "Bad: age: must be positive"},
		{"list of errors", json, `{"errors":[{"message":"a"},{"message":"b"}]}`, "a; b"},
		{"fields of a list", json, `{"message":"Validation Failed","errors":[{"resource":"R","field":"tag","code":"already_exists"}]}`, "Validation Failed: tag: already_exists"},
		{"details", json, `{"error":{"message":"invalid","details":[{"field":"name","issue":"is empty"}]}}`, "invalid: name: is empty"},
		{"steps to a field", json, `{"detail":[{"loc":["body","age"],"msg":"not a number","type":"int"}]}`, "body.age: not a number"},
		{"JSON:API", json, `{"errors":[{"status":"422","source":{"pointer":"/data/name"},"title":"Invalid","detail":"too short"}]}`, "/data/name: too short"},
		{"members are fields", json, `{"name":["is needed"],"age":["is negative","is odd"]}`, "age: is negative; is odd; name: is needed"},
		{"objects at fields", json, `{"data":{"title":{"code":"x","message":"Is blank."},"price":{"message":"Too low."}},"message":"Not made."}`, "Not made: price: Too low.; title: Is blank."},
		{"texts at fields", json, `{"error":{"code":"invalid_order","fields":{"tons":"must be at most 500"}}}`, "invalid_order: tons: must be at most 500"},
		{"data without reasons", json, `{"message":"Not made.","data":{"a":{"message":"x"},"b":1},"more":{"id":"y"}}`, "Not made."},
		{"code and reason", json, `{"error":"bad_request","reason":"queue is not empty"}`, "bad_request: queue is not empty"},
		{"reason is a list", json, `{"error":"bad_request","reason":["not_boolean","yes"]}`, "bad_request: not_boolean; yes"},
		{"reason repeats the error", json, `{"error":"Object Not Found","reason":"Not Found"}`, "Object Not Found"},
		{"echo of jsonschema", json, `{"error":{"message":"'name' is a required property\n\nFailed validating 'required' in schema:\n    {'a': 1}"}}`, "'name' is a required property"},
		{"list of texts", json, `["a","b"]`, "a; b"},
		{"text", json, `"nope"`, "nope"},
		{"nothing to say", json, `{"id":3}`, ""},
		{"plain text", "text/plain", "bad gateway\nmore", "bad gateway"},
		{"HTML", "text/html", "<html><head><title>502 Bad\n Gateway</title></head><body><h1>x</h1>", "502 Bad Gateway"},
		{"page of a form", "text/html", `<title>Sign in</title><script>var error = "<p class=error>x</p>"</script><p class="form-error">Wrong <b>user</b> name &amp; password.</p>`, "Wrong user name & password."},
		{"role", "text/html", `<h1>Sign in</h1><div id=x role='alert'>Locked</div>`, "Locked"},
		{"empty element for errors", "text/html", `<title>Not found</title><div class="error"></div>`, "Not found"},
		{"nested element", "text/html", `<div class=error><div>Wrong</div> password<br></div><div>x</div>`, "Wrong password"},
		{"field that is wrong", "text/html", `<form><input class="invalid"><p role=alert>Too short</p></form>`, "Too short"},
		{"page with little text", "text/html", `<html><body><p>No such <i>page</i></p></body></html>`, "No such page"},
		{"page with much text", "text/html", "<p>" + strings.Repeat("word ", 100), ""},
		{"XML", "application/xml", "<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>The key &quot;a&quot; does not exist.</Message></Error>", `The key "a" does not exist.`},
		{"CDATA", "text/xml", `<error><message><![CDATA[a < b]]></message></error>`, "a < b"},
		{"SOAP", "text/xml", `<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultstring>boom</faultstring></s:Fault></s:Body></s:Envelope>`, "boom"},
		{"binary", "image/png", "\x89PNG\x00", ""},
		{"no body", json, "", ""},
		{"deep", json, strings.Repeat(`{"error":`, 50) + `"x"` + strings.Repeat("}", 50), ""},
		{"brackets in text", "text/plain", "[error] no stock\nat main.go:7", "[error] no stock"},
		{"header of JSON:API", json, `{"errors":[{"title":"bad","source":{"header":"X-A"}}]}`, "X-A: bad"},
		{"list in members", json, `{"error":{"errors":[{"message":"x"}]}}`, "x"},
		{"names in other case", json, `{"Error-Message":"bad"}`, "bad"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := failed(400, c.contentType, c.body)
			if got := failureMessage(f); got != c.want || !isFailure(f) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	if f := (&flow.Flow{Done: true, Err: "dial tcp: refused"}); failureMessage(f) != "dial tcp: refused" || !isFailure(f) {
		t.Errorf("no response: %q", failureMessage(f))
	}
}

// A response with status 200 is a failure only if the protocol of the call says so.
func TestFailuresWithStatus200(t *testing.T) {
	graphQL := failed(200, "application/json", `{"data":null,"errors":[{"message":"no field a"}]}`)
	graphQL.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
	graphQL.Request.Body = flow.Body{Data: []byte(`{"query":"{ a }"}`), Size: 17}
	rest := failed(200, "application/json", `{"errors":[{"message":"unknown owner"}]}`)
	rpc := failed(200, "application/json", `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}`)
	rpcOf := func(size int) *flow.Flow {
		body := `{"jsonrpc":"2.0","error":{"message":"bad"},"data":"`
		return failed(200, "application/json", body+strings.Repeat("x", size-len(body)-2)+`"}`)
	}
	noErrors := failed(200, "application/json", `{"data":1,"errors":[]}`)
	noErrors.Request = graphQL.Request
	for _, c := range []struct {
		name string
		flow *flow.Flow
		want string
	}{{"GraphQL", graphQL, "no field a"}, {"JSON-RPC", rpc, "Method not found"}, {"a list of errors", rest, ""}, {"success", failed(200, "application/json", `{"error":null}`), ""},
		{"no errors", noErrors, ""}, {"other version", failed(200, "application/json", `{"jsonrpc":"1.0","error":{"message":"x"}}`), ""},
		{"redirect", failed(399, "text/html", "x"), ""}, {"least status", failed(400, "text/html", "x"), "x"},
		{"still running", &flow.Flow{}, ""}, {"ended early", &flow.Flow{Err: "reset"}, "reset"}, {"largest body", rpcOf(maxBody), "bad"}, {"larger body", rpcOf(maxBody + 1), ""}} {
		if is := isFailure(c.flow); is != (c.want != "") || is && failureMessage(c.flow) != c.want {
			t.Errorf("%s: %v, %q", c.name, is, failureMessage(c.flow))
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("application/json", `{"errors":[{"message":"a","loc":["b",1]}]}`)
	f.Add("text/html", "<title>x</title>")
	f.Add("text/plain", "'a' \"b\" [redacted:jwt:0123456789] 1.2.3.4")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		got := failureMessage(failed(500, contentType, body))
		if len(got) > maxMessage+len("…") || !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r") {
			t.Fatalf("%q", got)
		}
		if n := normalizeMessage(got, ownWords(&flow.Request{Body: flow.Body{Data: []byte(body)}})); !utf8.ValidString(n) {
			t.Fatalf("%q becomes %q", got, n)
		}
	})
}

// TestNormalizeKeepsFields tells failures of different fields from failures of different values.
func TestNormalizeKeepsFields(t *testing.T) {
	r := &flow.Request{Path: "/orders/17/of/jane%20roe", RawQuery: "sort=up&by=last+name", Body: flow.Body{Data: []byte(`{"size":"huge","maker":"caf\u00e9"}`)}}
	for message, want := range map[string]string{
		`invalid value 'up' for 'sort'`:  `invalid value {value} for 'sort'`,
		`"size" must not be "huge"`:      `'size' must not be {value}`,
		`"color" is missing`:             `'color' is missing`,
		`no "jane roe", no "last name"`:  `no {value}, no {value}`,
		`"café" makes none`:              `{value} makes none`,
		`request "a1b2c3d4e5f6" is late`: `request '{id}' is late`,
		`order A-10040 fails SHA-256`:    `order {id} fails SHA-256`,
	} {
		if got := normalizeMessage(message, ownWords(r)); got != want {
			t.Errorf("%s: got %s, want %s", message, got, want)
		}
	}
}

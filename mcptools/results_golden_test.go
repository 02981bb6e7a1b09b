package mcptools

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files")

// exchangeOf returns a flow of the golden capture: a request line, header lines and a body, an empty
// line between them, and the same of the response, whose first line is its status and its time in
// milliseconds.
func exchangeOf(request, response string) flow.Flow {
	line, header, body := message(request)
	method, address, _ := strings.Cut(line, " ")
	scheme, rest, _ := strings.Cut(address, "://")
	authority, path, _ := strings.Cut(rest, "/")
	path, query, _ := strings.Cut("/"+path, "?")
	f := newFlow(method, scheme, authority, path, query)
	f.Request.Header, f.Request.Body = header, plainBody(body)
	if response == "" {
		return f
	}
	line, header, body = message(response)
	var status, took int
	json.Unmarshal([]byte("["+strings.ReplaceAll(line, " ", ",")+"]"), &[]any{&status, &took})
	f.Took = time.Duration(took) * time.Millisecond
	f.Response = &flow.Response{Status: status, Proto: "HTTP/1.1", Header: header, Body: plainBody(body)}
	return f
}

// message splits a text into its first line, its header and its body.
func message(text string) (line string, h flow.Header, body string) {
	head, body, _ := strings.Cut(text, "\n\n")
	for i, l := range strings.Split(head, "\n") {
		if i == 0 {
			line = l
		} else if name, value, ok := strings.Cut(l, ": "); ok {
			h = append(h, flow.Field{Name: name, Value: value})
		}
	}
	return line, h, body
}

// goldenCapture is a small capture of an API, a site and a socket.
func goldenCapture() []flow.Flow {
	const api, site, isJSON = "https://api.example/v1", "http://www.example:8080", "\nContent-Type: application/json"
	const token, key = "\nAuthorization: Bearer correct-horse-battery-1", "\nX-Api-Key: plainwordskey77"
	lost := exchangeOf("GET "+api+"/things/9", "")
	lost.Err = "dial tcp 10.1.2.3:443: refused"
	pending := exchangeOf("GET "+site+"/slow", "")
	pending.Done = false
	cut := exchangeOf("GET "+site+"/logo.png", "200 40\nContent-Type: image/png\n\n\x89PNG\x00\x01")
	cut.Response.Body.Size, cut.Response.Body.Truncated = 70_000, true
	socket := socketFlow(`{"type":"hello","room":"r-4711"}`, `{"type":"welcome"}`)
	fs := []flow.Flow{
		exchangeOf("GET "+api+"/things?page=1"+token, "200 120"+isJSON+"\n\n"+`[{"id":1,"name":"oak stool","price":12.5,"tags":["wood"]},{"id":2,"name":"pine desk","price":80,"tags":[]}]`),
		exchangeOf("GET "+api+"/things?page=2&sort=name"+token, "200 80"+isJSON+"\n\n"+`[{"id":3,"name":"lamp","price":7,"tags":["light","desk"]}]`),
		exchangeOf("GET "+api+"/things/1"+token, "200 30"+isJSON+"\nETag: \"a1\"\n\n"+`{"id":1,"name":"oak stool","price":12.5,"tags":["wood"]}`),
		exchangeOf("GET "+api+"/things/2"+token, "200 35"+isJSON+"\nETag: \"a2\"\n\n"+`{"id":2,"name":"pine desk","price":80,"tags":[]}`),
		exchangeOf("GET "+api+"/things/7"+token, "404 20"+isJSON+"\n\n"+`{"error":{"code":"not_found","message":"no thing 7"}}`),
		exchangeOf("GET "+api+"/things/8"+token, "404 22"+isJSON+"\n\n"+`{"error":{"code":"not_found","message":"no thing 8"}}`),
		exchangeOf("POST "+api+"/things"+token+isJSON+"\n\n"+`{"name":"rug","price":30}`, "201 210"+isJSON+"\nLocation: /v1/things/4\n\n"+`{"id":4,"name":"rug","price":30,"tags":[]}`),
		exchangeOf("POST "+api+"/things"+token+isJSON+"\n\n"+`{"name":"vase","price":15}`, "201 190"+isJSON+"\nLocation: /v1/things/5\n\n"+`{"id":5,"name":"vase","price":15,"tags":[]}`),
		exchangeOf("POST "+api+"/things"+token+isJSON+"\n\n"+`{"name":"mug"}`, "422 60"+isJSON+"\n\n"+`{"message":"Invalid","errors":[{"field":"price","message":"is missing"}]}`),
		exchangeOf("POST "+api+"/things"+isJSON+"\n\n"+`{"name":"cup","price":3}`, "401 10"+isJSON+"\nWWW-Authenticate: Bearer\n\n"+`{"message":"no token"}`),
		exchangeOf("DELETE "+api+"/things/4"+token, "204 45"),
		exchangeOf("POST "+api+"/oauth/token\nContent-Type: application/x-www-form-urlencoded\n\ngrant_type=password&username=ann&password=S3cret-Horse-77", "200 300"+isJSON+"\n\n"+`{"access_token":"correct-horse-battery-1","token_type":"Bearer","expires_in":3600}`),
		exchangeOf("GET "+api+"/stats"+key, "500 900\nContent-Type: text/plain\n\ndatabase is down\nat line 7"),
		exchangeOf("GET "+api+"/stats"+key, "200 1500"+isJSON+"\n\n"+`{"things":5,"since":"2026-03-01","busy":true}`),
		lost,
		exchangeOf("GET "+site+"/", "200 15\nContent-Type: text/html\n\n<html><head><title>Shop</title></head><body><a class=\"buy\" href=\"/buy/1\">Buy</a><a class=\"buy\" href=\"/buy/2\">Buy two</a></body></html>"),
		exchangeOf("POST "+site+"/login\nContent-Type: application/x-www-form-urlencoded\n\nuser=ann&password=wr0ng-Passw0rd", "401 25\nContent-Type: text/html\n\n<title>Sign in</title><p class=error>Wrong password</p>"),
		exchangeOf("POST "+site+"/login\nContent-Type: application/x-www-form-urlencoded\n\nuser=ann&password=S3cret-Horse-77", "302 28\nLocation: /\nSet-Cookie: sid=s9k2j4h5g6f7d8s9a0q1w2e3; HttpOnly"),
		exchangeOf("GET "+site+"/me\nCookie: sid=s9k2j4h5g6f7d8s9a0q1w2e3; theme=dark", "200 18\nContent-Type: text/plain\n\n"+strings.Repeat("0123456789", 250)),
		cut,
		socket,
		pending,
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range fs {
		fs[i].Started = at.Add(time.Duration(i) * time.Minute)
	}
	return fs
}

// goldenSpec contradicts the capture, lacks parts of it, and has more than it shows.
const goldenSpec = `{"openapi":"3.1.0","info":{"title":"Things","version":"1"},"servers":[{"url":"https://api.example/v1"}],
	"components":{"schemas":{"Thing":{"type":"object","required":["id"],"properties":{
		"id":{"type":"integer"},"name":{"type":"string"},"price":{"type":"integer"},"tags":{"type":"array","items":{"type":"string"}},"color":{"type":"string"}}}}},
	"paths":{
		"/things":{
			"get":{"operationId":"listThings","parameters":[{"name":"page","in":"query","schema":{"type":"integer"}},{"name":"limit","in":"query","schema":{"type":"integer"}}],
				"responses":{"200":{"description":"","content":{"application/json":{"schema":{"type":"array","items":{"$ref":"#/components/schemas/Thing"}}}}}}},
			"post":{"operationId":"addThing","requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["price"],"properties":{"name":{"type":"string"},"price":{"type":"integer"}}}}}},
				"responses":{"201":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}},"409":{"description":""}}}},
		"/things/{id}":{
			"parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"integer"}}],
			"get":{"operationId":"getThing","responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}}}},
			"delete":{"operationId":"dropThing","responses":{"204":{"description":""}}}},
		"/parts":{"get":{"operationId":"listParts","responses":{"200":{"description":""}}}}}}`

// TestGoldenResults compares the texts of results with those of testdata/results.txtar. A file there
// is named by a tool and its arguments, and has the text without the lines around captured text; or by
// a resource, whose JSON is cut into lines.
func TestGoldenResults(t *testing.T) {
	st := storetest.NewMemory()
	must(st.Append(t.Context(), goldenCapture()...))
	vendor := filepath.Join(t.TempDir(), "vendor.json")
	noError(t, os.WriteFile(vendor, []byte(goldenSpec), 0o600))
	s := connect(t, st, func(c *setup) {
		c.Redact, c.Wait = redact.New([]byte("k"), redact.Config{}), time.Minute
		c.Specs = &apidoc.Library{Named: []apidoc.Named{{Name: "vendor", Path: vendor}}}
	})
	const file = "testdata/results.txtar"
	ar := must(txtar.ParseFile(file))
	for i := range ar.Files {
		f := &ar.Files[i]
		t.Run(f.Name, func(t *testing.T) {
			name, arguments, _ := strings.Cut(f.Name, " ")
			var args object
			if arguments != "" && name != "read" {
				noError(t, json.Unmarshal([]byte(arguments), &args))
			}
			s := s.in(t)
			var got string
			switch {
			case name == "read":
				var r mcp.ReadResourceRequest
				r.Params.URI = arguments
				if res, err := s.client.ReadResource(t.Context(), r); err != nil {
					got = "error: " + err.Error() + "\n"
				} else {
					c := res.Contents[0].(mcp.TextResourceContents)
					got = c.MIMEType + "\n" + strings.ReplaceAll(c.Text, `},"`, "},\n\"") + "\n"
				}
			default:
				got = withoutFence(s.call(name, args).text) + "\n"
			}
			if *update {
				f.Data = []byte(got)
			} else if got != string(f.Data) {
				t.Errorf("got\n%s\nwant\n%s", got, f.Data)
			}
		})
	}
	if *update {
		noError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
	}
}

// TestGoldenTools compares the descriptions of tools that clients get with testdata/tools.txtar:
// title and description, and the schema of each argument, with * if it is required.
func TestGoldenTools(t *testing.T) {
	s := connect(t, storetest.NewMemory(), func(c *setup) { c.Allow = everything() })
	ar := &txtar.Archive{Comment: []byte("What clients are told of the tools and their arguments. Write with -update.\n")}
	for _, x := range s.tools {
		raw := must(json.Marshal(x.InputSchema))
		var schema struct {
			Properties map[string]json.RawMessage
			Required   []string
		}
		noError(t, json.Unmarshal(raw, &schema))
		text := x.Title + "\n" + x.Description + "\n"
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			mark := ""
			if slices.Contains(schema.Required, name) {
				mark = "*"
			}
			text += fmt.Sprintf("%s%s %s\n", name, mark, schema.Properties[name])
		}
		ar.Files = append(ar.Files, txtar.File{Name: x.Name, Data: []byte(text)})
	}
	const file = "testdata/tools.txtar"
	if *update {
		noError(t, os.WriteFile(file, txtar.Format(ar), 0o644))
	}
	want := must(os.ReadFile(file))
	if got := string(txtar.Format(ar)); got != string(want) {
		t.Errorf("got\n%s", got)
	}
}

// withoutFence returns a text without the lines around captured text, whose names are random.
func withoutFence(text string) string {
	var out []string
	for l := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(l, "<<<captured-") && !strings.HasPrefix(l, "captured-") && !strings.HasPrefix(l, "captured traffic: ") {
			out = append(out, strings.TrimRight(l, " "))
		}
	}
	return strings.Join(out, "\n")
}

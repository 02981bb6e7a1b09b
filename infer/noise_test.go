package infer_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/correction"
)

// TestNotModified holds that a 304 to a read is excluded and counted if the operation has other
// responses. On other methods, for which RFC 9110 (section 15.4.5) does not define it, 304 is a
// response like others.
func TestNotModified(t *testing.T) {
	unchanged := func(method, path string) flow.Flow { return call(method, path, 304, "", "", "", "") }
	fs := []flow.Flow{unchanged("POST", "/lamps/off"), get("/lamps", "", `{"a":1}`), unchanged("GET", "/lamps"),
		unchanged("GET", "/lamps"), unchanged("GET", "/switches")}
	d := modelOf(fs).Document(infer.Options{})
	if op := operation(t, d, "GET", "/switches"); op.Seen != 1 || op.Responses[0].Status != 304 {
		t.Errorf("304 is the only response of /switches: %+v", op)
	}
	if op := operation(t, d, "GET", "/lamps"); op.Seen != 1 {
		t.Errorf("/lamps has %d flows, want 1", op.Seen)
	}
	if rs := operation(t, d, "GET", "/lamps").Responses; len(rs) != 1 || rs[0].Status != 200 {
		t.Errorf("responses of GET /lamps: %+v", rs)
	}
	if rs := operation(t, d, "POST", "/lamps/off").Responses; len(rs) != 1 || rs[0].Status != 304 {
		t.Errorf("responses of POST /lamps/off: %+v", rs)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonUnchanged, Count: 2}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestMalformedIdentifiers holds that a method known only from malformed identifiers is excluded,
// that other methods of its path are not, and that the format of the accepted ones is known.
func TestMalformedIdentifiers(t *testing.T) {
	refused := func(method, path string) flow.Flow {
		return call(method, path, 400, "", "", "application/json", `{"error":"malformed"}`)
	}
	fs := []flow.Flow{
		get("/lamps/0f8fad5b-d9cb-469f-a165-70867728950e", "", `{"id":"0f8fad5b-d9cb-469f-a165-70867728950e"}`),
		get("/lamps/1f8fad5b-d9cb-469f-a165-70867728950e", "", `{"id":"1f8fad5b-d9cb-469f-a165-70867728950e"}`),
		refused("GET", "/lamps/not-a-uuid"), refused("DELETE", "/lamps/not-a-uuid"), refused("DELETE", "/lamps/abc"),
		refused("GET", "/lamps/12345"),
		refused("POST", "/switches"), refused("PUT", "/switches/invalid-id"),
	}
	d := modelOf(fs).Document(infer.Options{})
	var got []string
	for _, op := range d.Operations {
		got = append(got, op.Method+" "+op.Path)
	}
	if want := []string{"GET /lamps/{lampId}", "POST /switches"}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
	if p := operation(t, d, "GET", "/lamps/{lampId}").Params[0]; p.Schema.Format != "uuid" {
		t.Errorf("the path parameter is %+v", p.Schema)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonRefused, Count: 3}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestTrace holds that a TRACE request is no operation, and that it does not hide others of its
// path.
func TestTrace(t *testing.T) {
	fs := []flow.Flow{get("/lamps", "", `{"a":1}`), call("TRACE", "/lamps", 200, "", "", "message/http", "TRACE /lamps HTTP/1.1"),
		call("TRACE", "/", 405, "", "", "", "")}
	d := modelOf(fs).Document(infer.Options{})
	if len(d.Operations) != 1 || d.Operations[0].Method != "GET" {
		t.Errorf("operations: %+v", d.Operations)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonMethod, Count: 2}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestExclude adds flows without an operation: those of one reason count together.
func TestExclude(t *testing.T) {
	var d infer.Document
	d.Exclude(infer.ReasonUnchanged, 2)
	d.Exclude(infer.ReasonMethod, 1)
	d.Exclude(infer.ReasonUnchanged, 3)
	want := []infer.Exclusion{{Reason: infer.ReasonMethod, Count: 1}, {Reason: infer.ReasonUnchanged, Count: 5}}
	slices.SortFunc(want, func(a, b infer.Exclusion) int { return strings.Compare(a.Reason, b.Reason) })
	if d.Flows != 6 || !slices.Equal(d.Excluded, want) {
		t.Errorf("%d flows, %v; want 6, %v", d.Flows, d.Excluded, want)
	}
}

// pixel returns a flow that is answered with so many bytes.
func pixel(method, query string, status int, mediaType string, size int) flow.Flow {
	f := call(method, "/a", status, "", "", mediaType, strings.Repeat("x", size))
	f.Request.RawQuery = query
	return f
}

// TestNoise checks which flows are no use of the API, by what the client and the server say of them.
func TestNoise(t *testing.T) {
	for _, tt := range []struct {
		name   string
		flow   flow.Flow
		header flow.Header // of the request
		want   string
	}{
		{"a read", call("GET", "/a", 200, "", "", "application/json", "{}"), nil, ""},
		{"a preflight", call("OPTIONS", "/a", 204, "", "", "", ""), flow.Header{{Name: "Access-Control-Request-Method", Value: "PUT"}}, infer.ReasonPreflight},
		{"OPTIONS by itself", call("OPTIONS", "/a", 204, "", "", "", ""), nil, ""},
		{"a method of WebDAV", call("PROPFIND", "/a", 207, "", "", "", ""), nil, infer.ReasonMethod},
		{"the whole server", call("OPTIONS", "*", 200, "", "", "", ""), nil, infer.ReasonMethod},
		{"a status of 199", call("GET", "/a", 199, "", "", "", ""), nil, infer.ReasonUpgrade},
		{"a status of 599", call("GET", "/a", 599, "", "", "", ""), nil, ""},
		{"a status of 600", call("GET", "/a", 600, "", "", "", ""), nil, infer.ReasonUpgrade},
		{"a ping", call("POST", "/a", 200, "text/ping", "PING", "", ""), nil, infer.ReasonBeacon},
		{"a link that is audited", call("POST", "/a", 200, "", "", "", ""), flow.Header{{Name: "Ping-To", Value: "https://a.example/"}}, infer.ReasonBeacon},
		{"a pixel", pixel("GET", "id=1", 200, "image/gif", 64), nil, infer.ReasonBeacon},
		{"a pixel without a query", pixel("GET", "", 200, "image/gif", 64), nil, ""},
		{"a larger image", pixel("GET", "id=1", 200, "image/gif", 65), nil, ""},
		{"an image that was created", pixel("GET", "id=1", 201, "image/gif", 64), nil, ""},
		{"an image that was sent", pixel("POST", "id=1", 200, "image/gif", 64), nil, ""},
		{"a pixel of another type", pixel("GET", "id=1", 200, "image/png", 64), nil, ""},
		{"a style sheet", call("GET", "/a.css", 200, "", "", "text/css", "a{}"), nil, infer.ReasonAsset},
		{"a style sheet in capitals", call("GET", "/a.CSS", 200, "", "", "text/css", "a{}"), nil, infer.ReasonAsset},
		{"HEAD of a style sheet", call("HEAD", "/a.css", 200, "", "", "text/css", ""), nil, infer.ReasonAsset},
		{"a style sheet that was written", call("PUT", "/a.css", 200, "", "", "text/css", "a{}"), nil, ""},
		{"a style sheet without an extension", call("GET", "/a", 200, "", "", "text/css", "a{}"), nil, ""},
		{"a program", call("GET", "/a.js", 200, "", "", "text/javascript", "x"), nil, infer.ReasonAsset},
		{"a program, as it was once called", call("GET", "/a.js", 200, "", "", "application/x-javascript", "x"), nil, infer.ReasonAsset},
		{"an image", call("GET", "/a.png", 200, "", "", "image/png", "x"), nil, infer.ReasonAsset},
		{"a font", call("GET", "/a.woff", 200, "", "", "font/woff", "x"), nil, infer.ReasonAsset},
		{"a font of an application", call("GET", "/a.eot", 200, "", "", "application/vnd.ms-fontobject", "x"), nil, infer.ReasonAsset},
		{"a module", call("GET", "/a.wasm", 200, "", "", "application/wasm", "x"), nil, infer.ReasonAsset},
		{"data under the name of a program", call("GET", "/a.js", 200, "", "", "application/json", "{}"), nil, ""},
		{"text under that name", call("GET", "/a.js", 200, "", "", "text/plain", "x"), nil, ""},
		{"an asset as text that is not there", call("GET", "/a.js", 404, "", "", "text/plain", "x"), nil, infer.ReasonAsset},
		{"as a page", call("GET", "/a.js", 404, "", "", "text/html", "x"), nil, infer.ReasonAsset},
		{"as bytes", call("GET", "/a.js", 404, "", "", "application/octet-stream", "x"), nil, infer.ReasonAsset},
		{"without a type", call("GET", "/a.js", 404, "", "", "", ""), nil, infer.ReasonAsset},
		{"one that did not change", call("GET", "/a.js", 304, "", "", "", ""), nil, infer.ReasonAsset},
		{"one that was refused", call("GET", "/a.js", 403, "", "", "", ""), nil, ""},
		{"an error as data", call("GET", "/a.js", 404, "", "", "application/json", "{}"), nil, ""},
		{"an image of a page", call("GET", "/a", 200, "", "", "application/json", "{}"), flow.Header{{Name: "Sec-Fetch-Dest", Value: "image"}}, infer.ReasonAsset},
		{"a document", call("GET", "/a.png", 200, "", "", "image/png", "x"), flow.Header{{Name: "Sec-Fetch-Dest", Value: "document"}}, ""},
		{"an image that code fetched", call("GET", "/a.png", 200, "", "", "image/png", "x"), flow.Header{{Name: "Sec-Fetch-Dest", Value: "empty"}}, infer.ReasonAsset},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := tt.flow
			f.Request.Header = append(f.Request.Header, tt.header...)
			if got := infer.Noise(&f, false); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestHostsOfOneAPI checks that the flows of a host count for the API to which a person assigned it,
// once, whether it is selected, too, or not.
func TestHostsOfOneAPI(t *testing.T) {
	var fs []flow.Flow
	for host, path := range map[string]string{"api.example": "/a", "old.example": "/b", "other.example": "/c"} {
		f := get(path, "", `{"a":1}`)
		f.Request.Authority = host
		fs = append(fs, f)
	}
	m := modelOf(fs)
	hosts := correction.Corrections{Hosts: map[string]string{"old.example": "api.example"}}
	for _, tt := range []struct {
		hosts []string
		flows int64
	}{
		{[]string{"api.example"}, 2}, {[]string{"api.example", "old.example"}, 2}, {[]string{"old.example"}, 1}, {[]string{"other.example"}, 1}, {nil, 3},
	} {
		if d := m.Document(infer.Options{Hosts: tt.hosts, Corrections: hosts}); d.Flows != tt.flows || len(d.Operations) != int(tt.flows) {
			t.Errorf("%v: %d flows, %d operations; want %d", tt.hosts, d.Flows, len(d.Operations), tt.flows)
		}
	}
}

// TestDamagedModel checks that a model which cannot be read is empty, also if some hosts could be.
func TestDamagedModel(t *testing.T) {
	var fs []flow.Flow
	for _, host := range []string{"a.example", "b.example", "c.example"} {
		f := get("/a", "", `{"a":1}`)
		f.Request.Authority = host
		fs = append(fs, f)
	}
	data := encoded(t, modelOf(fs))
	empty := encoded(t, infer.New())
	for n := 0; n < len(data); n += 7 {
		m := infer.New()
		if err := m.UnmarshalBinary(data[:n]); err == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(data))
		}
		if !bytes.Equal(encoded(t, m), empty) {
			t.Errorf("after an error in %d of %d bytes, the model is not empty", n, len(data))
		}
	}
	for i := range data {
		bad := slices.Clone(data)
		bad[i]++ // among others the versions of its parts
		m := infer.New()
		if err := m.UnmarshalBinary(bad); err != nil && !bytes.Equal(encoded(t, m), empty) {
			t.Errorf("after the error %v at byte %d, the model is not empty", err, i)
		}
	}
}

// TestPages holds that a GET which is only answered with pages of HTML is no operation, and that any
// other body, a refusal or another method makes it one.
func TestPages(t *testing.T) {
	page := func(mediaType string, status int) flow.Flow {
		return call("GET", "/a", status, "", "", mediaType, "<html></html>")
	}
	for _, tt := range []struct {
		name string
		fs   []flow.Flow
		want bool // that there is an operation
	}{
		{"HTML", []flow.Flow{page("text/html; charset=utf-8", 200)}, false},
		{"XHTML", []flow.Flow{page("application/xhtml+xml", 200)}, false},
		{"both", []flow.Flow{page("text/html", 200), page("application/xhtml+xml", 201)}, false},
		{"a status of 299", []flow.Flow{page("text/html", 299)}, false},
		{"a status of 300", []flow.Flow{page("text/html", 300)}, true},
		{"an error", []flow.Flow{page("text/html", 500)}, true},
		{"and an error", []flow.Flow{page("text/html", 200), page("text/html", 500)}, false},
		{"and an answer without a body", []flow.Flow{page("text/html", 200), call("GET", "/a", 204, "", "", "", "")}, false},
		{"and JSON", []flow.Flow{page("text/html", 200), call("GET", "/a", 200, "", "", "application/json", `{"a":1}`)}, true},
		{"and an error as JSON", []flow.Flow{page("application/xhtml+xml", 200), call("GET", "/a", 500, "", "", "application/json", `{"a":1}`)}, true},
		{"text", []flow.Flow{page("text/plain", 200)}, true},
		{"XML", []flow.Flow{page("application/xml", 200)}, true},
		{"a POST", []flow.Flow{call("POST", "/a", 200, "", "", "text/html", "<html></html>")}, true},
	} {
		d := modelOf(tt.fs).Document(infer.Options{})
		if got := len(d.Operations) == 1; got != tt.want {
			t.Errorf("%s: %d operations, excluded %v", tt.name, len(d.Operations), d.Excluded)
		}
		isPage := slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonPage, Count: int64(len(tt.fs))})
		if isPage == tt.want {
			t.Errorf("%s: excluded %v", tt.name, d.Excluded)
		}
	}
}

// TestAllMethods admits the methods of 3.2 to its documents alone: the document of another version
// is the same as without them.
func TestAllMethods(t *testing.T) {
	get := call("GET", "/a", 200, "", "", "application/json", `{"n":1}`)
	others := []flow.Flow{
		call("PROPFIND", "/a", 207, "", "", "application/json", `{"m":1}`), call("QUERY", "/a", 200, "", "", "application/json", `{"n":1}`),
		call("VERSION-CONTROL", "/a", 200, "", "", "", ""), call("TRACE", "/a", 200, "", "", "", ""), call("x", "/a", 200, "", "", "", ""),
	}
	plain, all := infer.New(), infer.New()
	plain.Add(&get)
	all.Add(&get)
	for i := range others {
		all.Add(&others[i])
	}
	var methods []string
	for _, op := range all.Document(infer.Options{AllMethods: true}).Operations {
		methods = append(methods, op.Method)
	}
	if got := strings.Join(methods, " "); got != "GET PROPFIND QUERY VERSION-CONTROL" {
		t.Errorf("operations of %s", got)
	}
	d := all.Document(infer.Options{})
	if want := []infer.Exclusion{{Reason: infer.ReasonMethod, Count: 5}}; !slices.Equal(d.Excluded, want) {
		t.Errorf("excluded %v", d.Excluded)
	}
	d.Excluded, d.Flows = nil, 1
	want := plain.Document(infer.Options{})
	d.Operations[0].Certainty = want.Operations[0].Certainty // other methods of a path count
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got %+v, want %+v", d, want)
	}
}

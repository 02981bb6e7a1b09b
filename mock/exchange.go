package mock

import (
	"maps"
	"net/url"
	"strings"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/openapi/router"
)

// exchange is a recorded exchange, or a request, as the mock reads it.
type exchange struct {
	flow        *flow.Flow // its number is 0 for an example of the document
	match       router.Match
	origin      string // where it was sent
	ok          bool   // the document has the operation
	op          string // method and path template, or path; of operations that share a URL, also their name
	started     time.Time
	path, query map[string]string
	document    string         // of a GraphQL call that was sent as JSON
	sent        any            // the request's body, or the arguments of the document
	leaves      map[string]any // the same by JSON pointers
	values      map[string]any // with path and query
	data        []byte         // the answer's body, decoded
	got         any            // the same as data of JSON
	usable      bool           // the answer is complete
}

// exchange reads a flow, which Redact or Config.Flows has redacted unless it is a request.
func (m *Mock) exchange(f *flow.Flow) *exchange {
	x := &exchange{flow: f, origin: f.Request.Origin(), started: f.Started, path: map[string]string{}, query: map[string]string{}}
	f.Request.Authority = "" // the mock has another one
	x.op = f.Request.Method + " " + f.Request.Path
	if x.match, x.ok = m.checker.Find(f); x.ok {
		x.op = x.match.Method + " " + x.full()
	}
	if v := call.VariantOf(f); v.Name != "" {
		x.op += "#" + v.Name
		if v.IsGraphQL() {
			x.document, _ = call.GraphQLDocument(&f.Request)
		}
	}
	for name, raw := range x.match.Params {
		x.path[name] = decode.Unescape(strings.ReplaceAll(raw, "+", "%2B"))
	}
	for p := range decode.Pairs(f.Request.RawQuery) {
		x.query[p.Name] = p.Value
	}
	r := &f.Request
	if data, complete, err := decode.Body(r.Header, r.Body, maxBody); err == nil && complete && !decode.HasManyValues(r.Header.MediaType(), data) {
		if x.sent = jsonvalue.Decode(data); decode.IsForm(r.Header.MediaType()) {
			fields := map[string]any{}
			for p := range decode.Pairs(string(data)) {
				fields[p.Name] = p.Value
			}
			x.sent = fields
		}
	}
	if x.document != "" {
		x.sent = arguments(x.document, x.sent)
	}
	x.leaves = leavesOf(x.sent)
	x.values = maps.Clone(x.leaves)
	for _, all := range []map[string]string{x.path, x.query} {
		for name, v := range all {
			x.values[name] = v
		}
	}
	if a := f.Response; a != nil {
		data, complete, err := decode.Body(a.Header, a.Body, maxBody)
		x.usable = err == nil && complete && a.Body.Omitted == "" && !a.Body.Dropped
		if x.data = data; x.usable && !decode.HasManyValues(a.Header.MediaType(), data) {
			x.got = jsonvalue.Decode(decode.Unguarded(data))
		}
	}
	return x
}

// full returns the template of the operation below the server, without the fragment that
// distinguishes operations of one URL, and without the slash at its end.
func (x *exchange) full() string {
	path, _, _ := strings.Cut(x.match.Prefix+x.match.Template, "#")
	return strings.TrimSuffix(path, "/")
}

func (x *exchange) status() int { return x.flow.Response.Status }

// isFine reports whether the server did what was asked.
func (x *exchange) isFine() bool {
	_, failed := at(x.got, "/errors")
	return x.status()/100 == 2 && (x.document == "" || !failed)
}

// fill returns a template with the values of the path parameters.
func (x *exchange) fill(template string) string {
	for name, v := range x.path {
		template = strings.ReplaceAll(template, "{"+name+"}", url.PathEscape(v))
	}
	return template
}

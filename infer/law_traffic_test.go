package infer_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
)

// flows draws the traffic of a small API: lists, items, creations, refusals, calls, streams and
// noise.
func flows(t *rapid.T) []flow.Flow {
	n := rapid.IntRange(1, 60).Draw(t, "flows")
	seed := rapid.Uint64().Draw(t, "seed")
	return traffic(seed, n)
}

// traffic returns n flows. It is a pure function, so a failure names its input.
func traffic(seed uint64, n int) []flow.Flow {
	g := generator{rand.New(rand.NewPCG(seed, 1))}
	out := make([]flow.Flow, n)
	for i := range out {
		g.flow(&out[i])
	}
	return out
}

// generator makes random flows.
type generator struct{ *rand.Rand }

func (g generator) pick(s ...string) string { return s[g.IntN(len(s))] }

func (g generator) noun() string {
	return g.pick("users", "orders", "teams", "repos", "categories", "addresses")
}

func (g generator) word() string {
	return g.pick("alice", "bob", "main", "us-east", "gold", "v2-beta", "héllo", "a.b", "x%2Fy")
}

// id returns an identifier: a number, a UUID, a prefixed id or a word.
func (g generator) id() string {
	switch g.IntN(4) {
	case 0:
		return fmt.Sprint(g.IntN(40))
	case 1:
		return fmt.Sprintf("%08x-0000-4000-8000-%012x", g.Uint32(), g.IntN(1<<30))
	case 2:
		return fmt.Sprintf("ord_%c%c%dXyZ%c9", 'a'+g.IntN(26), 'A'+g.IntN(26), g.IntN(10), 'a'+g.IntN(26))
	}
	return g.word()
}

// record returns a JSON object.
func (g generator) record() string {
	return fmt.Sprintf(`{"id":%d,"name":%q,"state":%q,"created_at":"2024-0%d-01T10:00:00Z","score":%s,"owner":%s}`,
		g.IntN(40), g.word(), g.pick("open", "closed"), 1+g.IntN(9), g.pick("1", "2.5", "null"),
		g.pick("null", `{"login":"bob"}`))
}

// flow fills in a random flow.
func (g generator) flow(f *flow.Flow) {
	f.Done = true
	f.Request = flow.Request{Method: "GET", Scheme: "https", Path: "/v1/" + g.noun(),
		Authority: []string{"api.example.com", "uploads.example.com:8443"}[g.IntN(8)/7]}
	f.Response = &flow.Response{Status: 200}
	body, mediaType := g.record(), "application/json"
	switch g.IntN(6) {
	case 0:
		body = g.read(f, body)
	case 1:
		body = g.write(f, body)
	case 2:
		body = g.parameters(f, body)
	case 3:
		body = g.noise(f, body)
	case 4:
		body = g.call(f)
	case 5:
		body, mediaType = g.otherMedia(f, body)
	}
	if f.Response != nil && body != "" {
		send(&f.Response.Header, &f.Response.Body, mediaType, body)
	}
}

// read makes a read of an item or of a list below it. It returns the response body.
func (g generator) read(f *flow.Flow, record string) string {
	f.Request.Path += "/" + g.id()
	switch g.IntN(3) {
	case 0:
		f.Response.Status = 404
		return `{"error":{"code":404,"message":"no such thing"}}`
	case 1:
		f.Request.Path += "/" + g.noun()
		return "[" + record + "," + record + "]"
	}
	return record
}

// write makes a write with a JSON body, a form or no body.
func (g generator) write(f *flow.Flow, record string) string {
	switch g.IntN(3) {
	case 0:
		f.Request.Method = "DELETE"
		f.Request.Path += "/" + g.id()
		f.Response.Status = 204
		return ""
	case 1:
		f.Request.Method = "POST"
		form := "name=" + g.word() + "&meta[a]=1&tags[]=x&tags[]=y"
		send(&f.Request.Header, &f.Request.Body, "application/x-www-form-urlencoded", form)
		return record
	}
	f.Request.Method = g.pick("POST", "PUT", "PATCH")
	f.Response.Status = 201
	if g.IntN(4) == 0 { // an invalid request
		f.Response.Status = []int{400, 422}[g.IntN(2)]
		f.Request.RawQuery = g.pick("", "mode=x", "limit=no", "limit=3&mode=y", "mode", "limit&mode=", "limit&limit=2")
		send(&f.Request.Header, &f.Request.Body, "application/json",
			g.pick(`{"id":"BAD","extra":{"a":[1]}}`, `{"owner":{"login":7},"state":null}`, `{"name":"x"}`, `[]`, `{`))
		return g.pick(`{"errors":{"score":["is required"]}}`, `{"error":{"code":400,"message":"missing field 'id'"}}`)
	}
	send(&f.Request.Header, &f.Request.Body, "application/json", record)
	return record
}

// parameters makes a list with query parameters, or a read with credentials.
func (g generator) parameters(f *flow.Flow, record string) string {
	if g.IntN(2) == 0 {
		f.Request.RawQuery = "page=" + fmt.Sprint(g.IntN(9)) +
			g.pick("", "&q="+g.word(), "&ids=1,2", "&filter[state]=open", "&flag")
		return `{"items":[` + record + `],"next":null}`
	}
	f.Request.Header = append(f.Request.Header, flow.Field{Name: "Authorization", Value: "Bearer abc.def"},
		flow.Field{Name: "X-Mode", Value: "fast"})
	if g.IntN(3) == 0 {
		f.Response.Status = 401
		return `{"error":{"code":401,"message":"who?"}}`
	}
	return record
}

// noise makes a flow that shows nothing, or nothing well-formed, about the API.
func (g generator) noise(f *flow.Flow, record string) string {
	switch g.IntN(5) {
	case 0:
		f.Response = nil
	case 1:
		f.Request.Method = "OPTIONS"
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "Access-Control-Request-Method", Value: "GET"})
	case 2:
		return record[:len(record)/2] // malformed
	case 3:
		f.Request.Path = "/" + g.pick("a.js", "index", "")
	case 4:
		f.Response.Status = 304
		return ""
	}
	return record
}

// call makes a JSON-RPC call, or a batch of two.
func (g generator) call(f *flow.Flow) string {
	f.Request.Method, f.Request.Path = "POST", "/rpc"
	request, response := g.rpc(1)
	if g.IntN(2) == 0 {
		request2, response2 := g.rpc(2)
		request = "[" + request + "," + request2 + "]"
		response = "[" + strings.Trim(response2+","+response, ",") + "]"
	}
	send(&f.Request.Header, &f.Request.Body, "application/json", request)
	return response
}

// rpc returns a JSON-RPC request and its response, "" for a notification.
func (g generator) rpc(id int) (request, response string) {
	method := g.pick("sum", "user.get", "note")
	if method == "note" {
		return `{"jsonrpc":"2.0","method":"note","params":{"text":"x"}}`, ""
	}
	request = fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":[%d]}`, id, method, g.IntN(9))
	if g.IntN(4) == 0 {
		return request, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"error":{"code":-32602,"message":"no"}}`, id)
	}
	return request, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"of":%q,"n":%d}}`, id, method, g.IntN(9))
}

// otherMedia makes a flow with YAML, server-sent events or multipart. It returns the response body
// and its type.
func (g generator) otherMedia(f *flow.Flow, record string) (body, mediaType string) {
	switch g.IntN(3) {
	case 0:
		body = "name: " + g.word() + "\nsizes: [1, " + fmt.Sprint(g.IntN(9)) + "]\n" +
			g.pick("", "on: true\n", "---\nname: x\n", "a: [\n")
		f.Request.Method = "PUT"
		send(&f.Request.Header, &f.Request.Body, "application/yaml", body)
		return body, "application/yaml"
	case 1:
		f.Request.Path += "/" + g.id() + "/feed"
		for range g.IntN(4) {
			body += "event: " + g.pick("made", "gone.v2", "room-"+g.id(), "", "message") +
				"\ndata: " + g.pick(record, `{"why":"x"}`, "[1]", "{", "[DONE]") + "\n\n"
		}
		return body, "text/event-stream"
	}
	f.Request.Method = "POST"
	f.Request.Path += "/parts"
	subtype := g.pick("form-data", "mixed", "related")
	send(&f.Request.Header, &f.Request.Body, "multipart/"+subtype+"; boundary=B",
		g.parts(subtype == "form-data" || g.IntN(3) == 0, record))
	switch g.IntN(4) {
	case 0:
		f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Shop-Key", Value: "k"})
	case 1:
		f.Response.Status = 403
		return `{"error":{"code":403,"message":"key"}}`, "application/json"
	}
	return record, "application/json"
}

// parts returns a multipart body, whose parts may have names.
func (g generator) parts(hasNames bool, record string) (out string) {
	for range g.IntN(4) {
		out += "--B\r\n"
		if hasNames {
			out += "Content-Disposition: form-data; name=\"" + g.pick("meta", "n", "file") + "\"" +
				g.pick("", "; filename=\"a\"") + "\r\n"
		}
		switch g.IntN(4) {
		case 0:
			out += "Content-Type: application/json\r\n\r\n" + g.pick(record, "[1,2]", "7", "{", `"x"`)
		case 1:
			out += "Content-Type: image/png\r\n\r\n\x89\xff"
		case 2:
			out += "Content-Type: text/plain\r\n\r\n" + g.pick("7", "a \"b\"\\", "\xff", "")
		case 3:
			out += "\r\n" + g.pick("7", "x")
		}
		out += "\r\n"
	}
	return out + "--B--\r\n"
}

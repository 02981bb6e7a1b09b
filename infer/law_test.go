package infer_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/openapi/build"
)

// flows draws traffic of a small API: collections of things with lists, items, creations, refusals and noise.
func flows(t *rapid.T) []flow.Flow {
	n := rapid.IntRange(1, 60).Draw(t, "flows")
	seed := rapid.Uint64().Draw(t, "seed")
	return traffic(seed, n)
}

// traffic is a pure function of its arguments, so that a failure names its input.
func traffic(seed uint64, n int) []flow.Flow {
	r := rand.New(rand.NewPCG(seed, 1))
	nouns := []string{"users", "orders", "teams", "repos", "categories", "addresses"}
	words := []string{"alice", "bob", "main", "us-east", "gold", "v2-beta", "héllo", "a.b", "x%2Fy"}
	hosts := []string{"api.example.com", "uploads.example.com:8443"}
	pick := func(s []string) string { return s[r.IntN(len(s))] }
	id := func() string {
		switch r.IntN(4) {
		case 0:
			return fmt.Sprint(r.IntN(40))
		case 1:
			return fmt.Sprintf("%08x-0000-4000-8000-%012x", r.Uint32(), r.IntN(1<<30))
		case 2:
			return fmt.Sprintf("ord_%c%c%dXyZ%c9", 'a'+r.IntN(26), 'A'+r.IntN(26), r.IntN(10), 'a'+r.IntN(26))
		}
		return pick(words)
	}
	out := make([]flow.Flow, n)
	for i := range out {
		f := &out[i]
		noun := pick(nouns)
		f.Done = true
		f.Request = flow.Request{Method: "GET", Scheme: "https", Authority: hosts[r.IntN(8)/7], Path: "/v1/" + noun}
		f.Response = &flow.Response{Status: 200}
		thing := fmt.Sprintf(`{"id":%d,"name":%q,"state":%q,"created_at":"2024-0%d-01T10:00:00Z","score":%s,"owner":%s}`, r.IntN(40), pick(words),
			[]string{"open", "closed"}[r.IntN(2)], 1+r.IntN(9), []string{"1", "2.5", "null"}[r.IntN(3)], []string{"null", `{"login":"bob"}`}[r.IntN(2)])
		body, media := thing, "application/json"
		switch r.IntN(13) {
		case 0:
			f.Request.Path += "/" + id()
		case 1:
			f.Request.Path += "/" + id() + "/" + pick(nouns)
			body = "[" + thing + "," + thing + "]"
		case 2:
			f.Request.Method = []string{"POST", "PUT", "PATCH"}[r.IntN(3)]
			f.Response.Status = 201
			send(&f.Request.Header, &f.Request.Body, "application/json", thing)
		case 3:
			f.Request.Method = "DELETE"
			f.Request.Path += "/" + id()
			f.Response.Status, body = 204, ""
		case 4:
			f.Request.Path += "/" + id()
			f.Response.Status, body = 404, `{"error":{"code":404,"message":"no such thing"}}`
		case 5:
			f.Request.Method = "POST"
			send(&f.Request.Header, &f.Request.Body, "application/x-www-form-urlencoded", "name="+pick(words)+"&meta[a]=1&tags[]=x&tags[]=y")
		case 6:
			f.Request.RawQuery = "page=" + fmt.Sprint(r.IntN(9)) + []string{"", "&q=" + pick(words), "&ids=1,2", "&filter[state]=open", "&flag"}[r.IntN(5)]
			body = `{"items":[` + thing + `],"next":null}`
		case 7:
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "Authorization", Value: "Bearer abc.def"}, flow.Field{Name: "X-Mode", Value: "fast"})
			if r.IntN(3) == 0 {
				f.Response.Status, body = 401, `{"error":{"code":401,"message":"who?"}}`
			}
		case 9:
			f.Request.Method, f.Request.Path = "POST", "/rpc"
			ask, answer := rpc(r, 1, pick)
			if r.IntN(2) == 0 {
				ask2, answer2 := rpc(r, 2, pick)
				ask = "[" + ask + "," + ask2 + "]"
				answer = "[" + strings.Trim(answer2+","+answer, ",") + "]"
			}
			send(&f.Request.Header, &f.Request.Body, "application/json", ask)
			body = answer
		case 10:
			media = "application/yaml"
			body = "name: " + pick(words) + "\nsizes: [1, " + fmt.Sprint(r.IntN(9)) + "]\n" + []string{"", "on: true\n", "---\nname: x\n", "a: [\n"}[r.IntN(4)]
			f.Request.Method = "PUT"
			send(&f.Request.Header, &f.Request.Body, media, body)
		case 11:
			f.Request.Path += "/" + id() + "/feed"
			media, body = "text/event-stream", ""
			for range r.IntN(4) {
				body += "event: " + pick([]string{"made", "gone.v2", "room-" + id(), "", "message"}) + "\ndata: " + pick([]string{thing, `{"why":"x"}`, "[1]", "{", "[DONE]"}) + "\n\n"
			}
		case 12:
			f.Request.Method = "POST"
			f.Request.Path += "/parts"
			kind := pick([]string{"form-data", "mixed", "related"})
			send(&f.Request.Header, &f.Request.Body, "multipart/"+kind+"; boundary=B", parts(r, kind == "form-data" || r.IntN(3) == 0, thing, pick))
			if r.IntN(4) == 0 {
				f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Shop-Key", Value: "k"})
			} else if r.IntN(3) == 0 {
				f.Response.Status, body = 403, `{"error":{"code":403,"message":"key"}}`
			}
		case 8:
			switch r.IntN(5) {
			case 4:
				f.Response.Status, body = 304, ""
			case 0:
				f.Response = nil
			case 1:
				f.Request.Method = "OPTIONS"
				f.Request.Header = append(f.Request.Header, flow.Field{Name: "Access-Control-Request-Method", Value: "GET"})
			case 2:
				body = body[:len(body)/2] // not JSON
			case 3:
				f.Request.Path = "/" + pick([]string{"a.js", "index", ""})
			}
		}
		if f.Response != nil && body != "" {
			send(&f.Response.Header, &f.Response.Body, media, body)
		}
	}
	return out
}

// parts is a body of parts, with or without names.
func parts(r *rand.Rand, named bool, thing string, pick func([]string) string) (out string) {
	for range r.IntN(4) {
		out += "--B\r\n"
		if named {
			out += "Content-Disposition: form-data; name=\"" + pick([]string{"meta", "n", "file"}) + "\"" + pick([]string{"", "; filename=\"a\""}) + "\r\n"
		}
		switch r.IntN(4) {
		case 0:
			out += "Content-Type: application/json\r\n\r\n" + pick([]string{thing, "[1,2]", "7", "{", `"x"`})
		case 1:
			out += "Content-Type: image/png\r\n\r\n\x89\xff"
		case 2:
			out += "Content-Type: text/plain\r\n\r\n" + pick([]string{"7", "a \"b\"\\", "\xff", ""})
		case 3:
			out += "\r\n" + pick([]string{"7", "x"})
		}
		out += "\r\n"
	}
	return out + "--B--\r\n"
}

// rpc is a call of JSON-RPC and its answer, "" for a notification.
func rpc(r *rand.Rand, id int, pick func([]string) string) (ask, answer string) {
	method := pick([]string{"sum", "user.get", "note"})
	if method == "note" {
		return `{"jsonrpc":"2.0","method":"note","params":{"text":"x"}}`, ""
	}
	ask = fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":[%d]}`, id, method, r.IntN(9))
	if r.IntN(4) == 0 {
		return ask, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"error":{"code":-32602,"message":"no"}}`, id)
	}
	return ask, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"of":%q,"n":%d}}`, id, method, r.IntN(9))
}

func send(h *flow.Header, b *flow.Body, mediaType, data string) {
	*h = append(*h, flow.Field{Name: "Content-Type", Value: mediaType})
	*b = flow.Body{Data: []byte(data), Size: int64(len(data))}
}

func learnt(fs []flow.Flow) *infer.Model {
	m := infer.New()
	for i := range fs {
		m.Add(&fs[i])
	}
	return m
}

func encoded(t interface{ Fatal(...any) }, m *infer.Model) []byte {
	b, err := m.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func document(t interface{ Fatal(...any) }, m *infer.Model, version string) []byte {
	doc, err := build.Document(m.Document(infer.Policy{}), build.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := openapi.Encode(&b, doc, openapi.YAML); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOrder holds the first law: any order of Add, any partition merged in any shape.
func TestOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		whole := learnt(fs)
		want, wantDoc := encoded(t, whole), document(t, whole, "3.1")

		shuffled := rapid.Permutation(fs).Draw(t, "order")
		parts := rapid.IntRange(1, 4).Draw(t, "parts")
		models := make([]*infer.Model, parts)
		for i := range models {
			models[i] = infer.New()
		}
		for i := range shuffled {
			models[i%parts].Add(&shuffled[i])
		}
		for len(models) > 1 {
			i := rapid.IntRange(1, len(models)-1).Draw(t, "merge")
			models[i-1].Merge(models[i])
			models = append(models[:i], models[i+1:]...)
		}
		if got := encoded(t, models[0]); !bytes.Equal(got, want) {
			t.Fatal("another order gives other facts")
		}
		if got := document(t, models[0], "3.1"); !bytes.Equal(got, wantDoc) {
			t.Fatalf("another order gives another document:\n%s\nwant\n%s", got, wantDoc)
		}
	})
}

// TestCodec holds that a saved model is the model.
func TestCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		cut := rapid.IntRange(0, len(fs)).Draw(t, "cut")
		a := learnt(fs[:cut])
		b := infer.New()
		if err := b.UnmarshalBinary(encoded(t, a)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encoded(t, a), encoded(t, b)) {
			t.Fatal("decoding loses facts")
		}
		for i := cut; i < len(fs); i++ { // and it goes on learning as if nothing had been
			b.Add(&fs[i])
		}
		if !bytes.Equal(encoded(t, learnt(fs)), encoded(t, b)) {
			t.Fatal("a saved model learns other facts")
		}
		b.Merge(infer.New())
		if !bytes.Equal(encoded(t, learnt(fs)), encoded(t, b)) {
			t.Fatal("the empty model is not the identity")
		}
	})
}

// TestEveryFlowCounts holds that the flows of all operations and those left out are all flows.
func TestEveryFlowCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := flows(t)
		d := learnt(fs).Document(infer.Policy{})
		sum := int64(0)
		for _, op := range d.Operations {
			sum += op.Seen
		}
		for _, x := range d.Excluded {
			sum += x.Count
			if infer.ReasonText(x.Reason) == "unknown" {
				t.Fatalf("reason %q is not explained", x.Reason)
			}
		}
		if sum != int64(len(fs)) || d.Flows != sum {
			t.Fatalf("%d flows, the document speaks of %d and accounts for %d", len(fs), d.Flows, sum)
		}
	})
}

func FuzzModel(f *testing.F) {
	f.Add(encoded(f, learnt(traffic(1, 20))))
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		m := infer.New()
		if m.UnmarshalBinary(data) != nil {
			return
		}
		fs := traffic(2, 3)
		for i := range fs {
			m.Add(&fs[i])
		}
		m.Document(infer.Policy{})
	})
}

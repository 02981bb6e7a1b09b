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
	"github.com/spectap/spectap/internal/test/must"
)

// repeatKind is a kind of exchange with repeated values.
type repeatKind struct{ name, method, contentType, request, format string }

// flows returns flows in which "main" occurs many times. Every second occurrence is written as
// other.
func (k repeatKind) flows(other string) (fs []flow.Flow) {
	const plain = `"main"`
	item := func(id int, name string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"id":7,"name":%s,"by":{"login":%s}}}`, id, name, name)
	}
	for i := range 6 {
		name := plain
		if i%2 == 1 {
			name = other
		}
		first, second := item(1, name), item(2, other)
		body := fmt.Sprintf(k.format, first) + fmt.Sprintf(k.format, second)
		if strings.Contains(k.format, "[%s]") {
			body = fmt.Sprintf(k.format, first+","+second)
		}
		f := call(k.method, "/things/main", 200, "", "", k.contentType, body)
		if k.name == "refusals" && i > 2 {
			f.Response.Status = 404
		}
		if i == 5 {
			f.Request.Path = "/things/other"
		}
		if k.request != "" {
			send(&f.Request.Header, &f.Request.Body, "application/json", k.request)
		}
		fs = append(fs, f)
	}
	return fs
}

// TestRepeats holds that repeated values leave the same facts whether or not the reader recognizes
// the repetition by their bytes. It does not recognize values that are written with other escapes.
func TestRepeats(t *testing.T) {
	const plain, escaped = `"main"`, `"\u006dain"`
	const batch = `[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":2,"method":"a"}]`
	for _, k := range []repeatKind{
		{"list", "GET", "application/json", "", "[%s]"},
		{"lines", "GET", "application/x-ndjson", "", "%s\n"},
		{"events", "GET", "text/event-stream", "", "data: %s\n\n"},
		{"named events", "GET", "text/event-stream", "", "event: push\ndata: %s\n\n"},
		{"batch", "POST", "application/json", batch, "[%s]"},
		{"calls", "POST", "application/x-ndjson", `{"jsonrpc":"2.0","id":1,"method":"a"}`, "%s\n"},
		{"refusals", "GET", "application/json", "", "[%s]"},
	} {
		t.Run(k.name, func(t *testing.T) {
			m := modelOf(k.flows(plain))
			same, other := encoded(t, m), encoded(t, modelOf(k.flows(escaped)))
			if !bytes.Equal(same, other) {
				t.Errorf("recognized repetitions leave %d bytes of facts, others %d", len(same), len(other))
			}
			decoded := modelOf(nil)
			must.Do(t, decoded.UnmarshalBinary(same))
			if !bytes.Equal(document(t, m, "3.1"), document(t, decoded, "3.1")) {
				t.Error("a decoded model gives a different document")
			}
			first, rest := modelOf(k.flows(plain)[:2]), modelOf(k.flows(plain)[2:])
			first.Merge(rest)
			if !bytes.Equal(same, encoded(t, first)) {
				t.Error("the merged parts differ from the whole")
			}
		})
	}
}

// TestRepeatedBodies holds that bodies which responses have several times, under one path and under
// others, leave the same facts as if each flow was learned by a model of its own.
func TestRepeatedBodies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := flows(t)[:]
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 1))
		var all []flow.Flow
		for len(all) < 6*len(some) {
			f := some[r.IntN(len(some))]
			if response := f.Response; response != nil && len(response.Body.Data) > 0 {
				a := *response
				if other := some[r.IntN(len(some))].Response; r.IntN(3) == 0 && other != nil { // of another path
					a.Header, a.Body = other.Header, other.Body
				}
				if text := strings.TrimLeft(string(a.Body.Data), " \n"); strings.HasPrefix(text, "{\"") { // large enough to be kept
					text = `{"padding":"` + strings.Repeat("x", 256) + `","path":"/` + strings.Trim(some[0].Request.Path, "/") + `",` + text[1:]
					a.Body.Data, a.Body.Size = []byte(text), int64(len(text))
				}
				f.Response = &a
			}
			all = append(all, f)
		}
		whole, parts := infer.New(), infer.New()
		whole.LimitRepeats(1 << r.IntN(16))
		for i := range all {
			whole.Add(&all[i])
			if r.IntN(40) == 0 {
				encoded(t, whole) // reads the facts meanwhile
			}
			parts.Merge(modelOf(all[i : i+1]))
		}
		if !bytes.Equal(encoded(t, whole), encoded(t, parts)) {
			t.Fatal("repeated bodies leave other facts")
		}
		first, rest := modelOf(all[:len(all)/2]), modelOf(all[len(all)/2:])
		if first.Merge(rest); !bytes.Equal(encoded(t, first), encoded(t, parts)) {
			t.Fatal("repeated bodies of merged models leave other facts")
		}
	})
}

// TestRepeatedBodiesTeach has bodies that come again and then teach more: a text that is hidden only
// beside some requests, an exchange of OAuth, a list of what its path names.
func TestRepeatedBodiesTeach(t *testing.T) {
	padding := `"padding":"` + strings.Repeat("x", 256) + `"`
	sends := func(data, path, body string) flow.Flow {
		f := call("POST", path, 200, "", "", "application/json", body)
		send(&f.Request.Header, &f.Request.Body, "application/json", data)
		return f
	}
	note, token := `{"mode":"sesame_open_door",`+padding+`}`, `{"access_token":"a","issuer":"https://a.example","token_endpoint":"https://a.example/token",`+padding+`}`
	list := `{"list":[{"event":"gold"}],` + padding + `}`
	secret, none := sends(`{"password":"sesame_open_door"}`, "/modes", note), sends(`{"q":"x"}`, "/modes", note)
	grant := sends(`{"grant_type":"password"}`, "/token", token)
	of := func(path string) flow.Flow { return call("GET", path, 200, "", "", "application/json", list) }
	for name, fs := range map[string][]flow.Flow{
		"hidden": {secret, secret, secret, secret, secret, secret, secret, none, none, secret},
		"oauth":  {grant, grant, grant, grant},
		"list":   {of("/a/1f3c"), of("/a/1f3d"), of("/a/1f3e"), of("/a/events"), of("/a/events")},
	} {
		t.Run(name, func(t *testing.T) {
			parts := infer.New()
			for i := range fs {
				parts.Merge(modelOf(fs[i : i+1]))
			}
			if !bytes.Equal(encoded(t, modelOf(fs)), encoded(t, parts)) {
				t.Error("repeated bodies leave other facts")
			}
		})
	}
}

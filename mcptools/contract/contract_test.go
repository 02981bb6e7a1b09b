package contract_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/contract"
)

// server is an API with random ids and tokens, and times. change changes what it
// answers.
func server(t *testing.T, change func(path string, body map[string]any) int) string {
	token, id := rand.Text(), rand.Text()+"7a1b"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, status := map[string]any{"at": time.Now().Format(time.RFC3339Nano)}, 200
		switch {
		case r.URL.Path == "/login":
			body["token"] = token
		case r.URL.Path == "/me":
			if body["name"] = "ada"; r.Header.Get("Authorization") != "Bearer "+token {
				delete(body, "name")
			}
		case r.Header.Get("Authorization") != "Bearer "+token:
			status = 401
		case r.Method == "POST":
			body["id"], body["title"] = id, "saw"
		case r.URL.Path == "/items/"+id:
			body["id"], body["title"], body["price"] = id, "saw", 5
		default:
			status = 404
		}
		if to := change(r.Method+" "+r.URL.Path, body); to != 0 {
			status = to
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		json.NewEncoder(w).Encode(body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func same(string, map[string]any) int { return 0 }

// record calls the API and returns the flows.
func record(t *testing.T, base string) (flows []flow.Flow) {
	token, id := "", ""
	call := func(method, path, body string) (got map[string]any) {
		q := must.Get(http.NewRequest(method, base+path, strings.NewReader(body)))
		if token != "" {
			q.Header.Set("Authorization", "Bearer "+token)
		}
		r := must.Get(http.DefaultClient.Do(q))
		data := must.Get(io.ReadAll(r.Body))
		r.Body.Close()
		must.Do(t, json.Unmarshal(data, &got))
		flows = append(flows, flow.Flow{Seq: flow.Seq(len(flows) + 1), Started: time.Unix(int64(len(flows)), 0), Done: true,
			Request: flow.Request{Method: method, Scheme: "http", Authority: q.URL.Host, Path: path, Header: flow.HeaderOf(q.Header),
				Body: flow.Body{Data: []byte(body), Size: int64(len(body))}},
			Response: &flow.Response{Status: r.StatusCode, Header: flow.HeaderOf(r.Header), Body: flow.Body{Data: data, Size: int64(len(data))}}})
		return got
	}
	token = fmt.Sprint(call("POST", "/login", `{"password":"s3cret-Horse9"}`)["token"])
	id = fmt.Sprint(call("POST", "/items", `{"title":"saw"}`)["id"])
	call("GET", "/items/"+id, "")
	call("GET", "/items/"+id, "")
	call("GET", "/items/none", "")
	call("GET", "/me", "")
	token = ""
	call("GET", "/me", "")
	return flows
}

// TestArchive tests that an archive has no secret, and that a test of it asks for those that no answer gives.
func TestArchive(t *testing.T) {
	red := redact.New([]byte("key"), redact.Config{})
	method := func(f *flow.Flow) string { return f.Request.Method }
	var archive strings.Builder
	must.Do(t, contract.Write(&archive, contract.Build(record(t, server(t, same)), method, red.Flow), "1"))
	if text := archive.String(); strings.Contains(text, "s3cret") || strings.Contains(text, "[redacted") {
		t.Errorf("the archive has a secret or a placeholder: %s", text)
	}
	for _, password := range []string{"", "s3cret-Horse9"} {
		base := must.Get(url.Parse(server(t, same)))
		client := must.Get(egress.New(egress.Config{Named: []string{base.String()}, Redirects: -1}))
		defer client.Close()
		steps := contract.Build(must.Get(contract.Read(strings.NewReader(archive.String()))), method, red.Flow)
		found, sent, err := contract.Run(t.Context(), steps, contract.Config{Base: base, Client: client, Redactor: red, Timeout: time.Minute,
			Getenv: func(name string) string { return map[string]string{"SPECTAP_AUTH_PASSWORD": password}[name] }})
		var missing *contract.MissingError
		switch {
		case password == "" && (!errors.As(err, &missing) || sent != 0):
			t.Errorf("sent %d without the password: %v", sent, err)
		case password != "" && (err != nil || sent != len(steps) || len(found) > 0):
			t.Errorf("sent %d of %d: %v, %+v", sent, len(steps), err, found)
		}
	}
}

// TestVariableOfServer tests that a server cannot ask for variables by its answers.
func TestVariableOfServer(t *testing.T) {
	steps := contract.Build(record(t, server(t, same)), func(f *flow.Flow) string { return f.Request.Method }, redact.New([]byte("key"), redact.Config{}).Flow)
	base := must.Get(url.Parse(server(t, func(_ string, body map[string]any) int {
		if body["id"] = "${SPECTAP_AUTH_OTHER}"; body["token"] != nil {
			body["token"] = "${SPECTAP_AUTH_OTHER}"
		}
		return 0
	})))
	client := must.Get(egress.New(egress.Config{Named: []string{base.String()}, Redirects: -1}))
	defer client.Close()
	_, _, err := contract.Run(t.Context(), steps, contract.Config{Base: base, Client: client, Redactor: redact.New([]byte("key"), redact.Config{}), Timeout: time.Minute,
		Getenv: func(name string) string { t.Errorf("the server gets %s", name); return "x" }})
	must.Do(t, err)
}

func TestRun(t *testing.T) {
	flows := record(t, server(t, same))
	inItem := func(f func(body map[string]any) int) func(string, map[string]any) int {
		return func(path string, body map[string]any) int {
			if strings.HasPrefix(path, "GET /items/") && body["id"] != nil {
				return f(body)
			}
			return 0
		}
	}
	for _, tt := range []struct {
		name   string
		change func(string, map[string]any) int
		want   string
	}{
		{"the same", same, ""},
		{"member gone", inItem(func(b map[string]any) int { delete(b, "price"); return 0 }), "gone /price"},
		{"type", inItem(func(b map[string]any) int { b["price"] = "5"; return 0 }), "type /price"},
		{"status", inItem(func(map[string]any) int { return 500 }), "status "},
		{"wrong id", inItem(func(b map[string]any) int { b["id"] = rand.Text() + "9z8y"; return 0 }), "identity /id"},
		{"constant", inItem(func(b map[string]any) int { b["title"] = "axe"; return 0 }), "value /title"},
		{"what another caller does not see", func(path string, b map[string]any) int { delete(b, "name"); return 0 }, "gone /name"},
		{"number", inItem(func(b map[string]any) int { b["price"] = 6; return 0 }), "value /price"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := must.Get(url.Parse(server(t, tt.change)))
			client := must.Get(egress.New(egress.Config{Named: []string{base.String()}, Redirects: -1}))
			defer client.Close()
			red := redact.New([]byte("key"), redact.Config{})
			steps := contract.Build(flows, func(f *flow.Flow) string { return f.Request.Method }, red.Flow)
			found, sent, err := contract.Run(t.Context(), steps, contract.Config{Base: base, Client: client, Redactor: red, Timeout: time.Minute})
			if must.Do(t, err); sent != len(steps) {
				t.Errorf("sent %d of %d", sent, len(steps))
			}
			if len(found) == 0 != (tt.want == "") {
				t.Fatalf("found %+v, want %q", found, tt.want)
			}
			for _, d := range found {
				if d.Rule+" "+d.Pointer != tt.want {
					t.Errorf("found %+v, want %q", d, tt.want)
				}
			}
		})
	}
}

package call

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

const token = "s3cr3t-token-value-123456"

// fixture is a panel with flows of a server that is running.
type fixture struct {
	t     *testing.T
	panel wire.Panel
	store store.Store
	host  string
	seen  []string
	env   map[string]string
	wait  chan struct{} // unless nil, the server answers once it is closed
}

func newFixture(t *testing.T) *fixture {
	x := &fixture{t: t, store: storetest.NewMemory(), env: map[string]string{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		x.seen = append(x.seen, fmt.Sprintf("%s %s %s %s", r.Method, r.RequestURI, r.Header.Get("Authorization"), body))
		if x.wait != nil {
			select {
			case <-x.wait:
			case <-r.Context().Done():
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"message":"'_xsrf' argument missing from POST"}`)
			return
		}
		fmt.Fprintf(w, `{"authorization":%q}`, r.Header.Get("Authorization"))
	}))
	t.Cleanup(srv.Close)
	x.host = strings.TrimPrefix(srv.URL, "http://")
	for i := range 6 {
		x.add(x.host, "GET", fmt.Sprintf("/users/%d", i*31+1), "", "Bearer "+token, 200)
		x.add(x.host, "POST", "/users", fmt.Sprintf(`{"name":"ann %d","age":%d}`, i, i), "Bearer "+token, 201)
	}
	x.add(x.host, "GET", "/users/7", "", "Bearer refused-token-0123456789", 401)
	x.add("other.example", "GET", "/users/7", "", "Bearer other-token-0123456789", 200)
	x.panel = Panel(Config{
		Store: x.store, Documents: documents{catalog.New(catalog.Config{Store: x.store})}, Redact: redact.New([]byte("k"), redact.Config{}),
		Record:      func(ctx context.Context, f flow.Flow) (flow.Seq, error) { return x.store.Append(ctx, f) },
		Environment: credential.Environment{NamedOnly: true, Get: func(n string) string { return x.env[n] }},
	})
	return x
}

func (x *fixture) add(host, method, path, body, authorization string, status int) {
	x.t.Helper()
	x.append(flow.Flow{Source: "proxy", Request: flow.Request{
		Method: method, Authority: host, Path: path,
		Header: flow.Header{{Name: "Authorization", Value: authorization}, {Name: "Content-Type", Value: "application/json"}},
		Body:   flow.Body{Data: []byte(body), Size: int64(len(body))},
	}, Response: &flow.Response{Status: status, Header: flow.Header{{Name: "Content-Type", Value: "application/json"}},
		Body: flow.Body{Data: []byte(`{"id":1}`), Size: 8}}})
}

func (x *fixture) append(f flow.Flow) {
	f.ID, f.Done, f.Request.Scheme = flow.NewID(), true, "http"
	must.Get(x.store.Append(x.t.Context(), f))
}

// call answers a call. The error is what the page would show.
func (x *fixture) call(name string, in, out any) error {
	x.t.Helper()
	data := must.Get(json.Marshal(in))
	for i := range x.panel.Calls {
		if c := &x.panel.Calls[i]; c.Name == name {
			v, err := c.Answer(x.t.Context(), data)
			if err != nil {
				return err
			}
			text := must.Get(json.Marshal(v))
			if strings.Contains(string(text), token) {
				x.t.Errorf("%s shows the token: %s", name, text)
			}
			return json.Unmarshal(text, out)
		}
	}
	x.t.Fatalf("there is no call %s", name)
	return nil
}

func (x *fixture) took() string {
	s := strings.Join(x.seen, "\n")
	x.seen = nil
	return s
}

// create is a call of the operation POST /users.
func (x *fixture) create(args string) Request {
	return Request{Operation: &Operation{Host: x.host, Method: "POST", Path: "/users"}, Arguments: args}
}

func TestCall(t *testing.T) {
	x := newFixture(t)
	x.env["SPECTAP_AUTH_BEARERAUTH"] = "token-of-the-environment"
	var form Form
	must.Do(t, x.call("form", Operation{Host: x.host, Method: "POST", Path: "/users"}, &form))
	// The refused token and the token of the other host are not offered.
	if len(form.Credentials) != 2 || !strings.HasPrefix(form.Credentials[0].ID, "flow:") || form.Credentials[1].ID != "environment" {
		t.Errorf("%+v", form.Credentials)
	}
	r := x.create(`{"requestBody":{"name":"bob","age":3}}`)
	for _, tt := range []struct{ credential, want string }{
		{form.Credentials[0].ID, "Bearer " + token}, {"environment", "Bearer token-of-the-environment"}, {"", ""},
	} {
		r.Credential = tt.credential
		var p Prepared
		if err := x.call("prepare", r, &p); err != nil || len(p.Problems) > 0 || !p.Writes || !p.Local {
			t.Fatalf("%+v, %v", p, err)
		}
		if x.took() != "" {
			t.Error("a preview was sent")
		}
		if strings.Contains(p.Text, "token-of") || (tt.credential != "") != strings.Contains(p.Text, "Authorization: ") {
			t.Errorf("the preview is %s", p.Text)
		}
		var sent Sent
		if err := x.call("send", SendRequest{Request: r, Digest: p.Digest}, &sent); err != nil || sent.Seq == 0 ||
			(sent.Status == 200) != (tt.want != "") || strings.Contains(sent.Refused, "(CSRF)") != (tt.want == "") {
			t.Fatalf("%+v, %v", sent, err)
		}
		if got := x.took(); got != "POST /users "+tt.want+` {"name":"bob","age":3}` {
			t.Errorf("sent %s", got)
		}
		kept := must.Get(x.store.Get(t.Context(), sent.Seq))
		shown := fmt.Sprint(redact.New([]byte("k"), redact.Config{}).Flow(kept))
		if strings.Contains(shown, "token-of") || strings.Contains(shown, token) {
			t.Errorf("the stored flow shows a credential: %s", shown)
		}
	}
}

// A request that differs from the shown one is not sent.
func TestStaleDigest(t *testing.T) {
	x := newFixture(t)
	var form Form
	must.Do(t, x.call("form", Operation{Host: x.host, Method: "POST", Path: "/users"}, &form))
	r := x.create(`{"requestBody":{"name":"bob"}}`)
	r.Credential = form.Credentials[0].ID
	var p Prepared
	must.Do(t, x.call("prepare", r, &p))
	other, none, wrong := r, r, r
	other.Arguments = `{"requestBody":{"name":"eve"}}`
	none.Credential = ""
	wrong.Arguments = `{"requestBody":1}`
	foreign := r
	foreign.Credential = "flow:14" // of other.example
	read := r
	read.Operation = &Operation{Host: x.host, Method: "GET", Path: "/users/{userId}"}
	for name, s := range map[string]SendRequest{
		"no digest": {Request: r}, "another digest": {Request: r, Digest: strings.Repeat("0", 64)}, "other arguments": {Request: other, Digest: p.Digest},
		"no credential": {Request: none, Digest: p.Digest}, "credential of another host": {Request: foreign, Digest: p.Digest},
		"invalid": {Request: wrong, Digest: p.Digest}, "another operation": {Request: read, Digest: p.Digest}, "nothing": {Digest: p.Digest},
		"flow and operation": {Request: Request{Operation: r.Operation, Seq: 1, Draft: &Draft{Method: "GET", Target: "/"}}, Digest: p.Digest},
	} {
		var sent Sent
		if err := x.call("send", s, &sent); err == nil || !strings.Contains(err.Error(), "nothing was sent") {
			t.Errorf("%s: %+v, %v", name, sent, err)
		}
	}
	// The same holds for a flow that takes the place of another.
	var d Draft
	must.Do(t, x.call("draft", DraftQuery{1}, &d))
	replayed := Request{Seq: 1, Draft: &d}
	if err := x.call("prepare", replayed, &p); err != nil || len(p.Problems) > 0 {
		t.Fatal(p, err)
	}
	replayed.Seq = 14
	if err := x.call("send", SendRequest{Request: replayed, Digest: p.Digest}, &Sent{}); err == nil {
		t.Error("the request of another flow was sent")
	}
	if got := x.took(); got != "" {
		t.Errorf("sent %s", got)
	}
}

// A key of another panel makes other digests: nobody can compute one from the request.
func TestDigestIsKeyed(t *testing.T) {
	x := newFixture(t)
	y := *x
	y.panel = Panel(Config{Store: x.store, Documents: documents{catalog.New(catalog.Config{Store: x.store})}, Redact: redact.New([]byte("k"), redact.Config{})})
	var a, b Prepared
	r := x.create(`{"requestBody":{"name":"bob"}}`)
	if err := errors.Join(x.call("prepare", r, &a), y.call("prepare", r, &b)); err != nil || a.Digest == "" || a.Digest == b.Digest {
		t.Errorf("%s, %s, %v", a.Digest, b.Digest, err)
	}
}

// documents is a catalog that describes at once.
type documents struct{ *catalog.Catalog }

func (d documents) Document(ctx context.Context, r catalog.Request, _ time.Duration) (*catalog.Document, error) {
	return d.Catalog.Document(ctx, r)
}

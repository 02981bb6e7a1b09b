package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/page/wire"
	"github.com/spectap/spectap/store"
)

// secret is the value of credentials and a password in the traffic of the tests, and the name of a
// property.
const secret = "sk_live_9f3kQ7PzV2mXw81LbT6c"

// exchange returns a complete flow whose request and answer hold secrets.
func exchange(method, path string, status int) flow.Flow {
	f := flow.Flow{ID: flow.NewID(), Source: "proxy", Started: time.Unix(1_790_000_000, 0), Took: time.Millisecond, Done: true}
	header := flow.Header{{Name: "Content-Type", Value: "application/json"}}
	f.Request = flow.Request{
		Method: method, Scheme: "https", Authority: "api.example.com", Path: path, RawQuery: "api_key=" + secret, Proto: "HTTP/1.1",
		Header: append(header[:1:1], flow.Field{Name: "Authorization", Value: "Bearer " + secret}),
	}
	body := `{"id":7,"password":"` + secret + `","items":[{"id":1,"note":null}],"state":"open","` + secret + `":1}`
	f.Response = &flow.Response{Status: status, Proto: "HTTP/1.1", Header: header, Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
	if method == "POST" {
		f.Request.Body = f.Response.Body
	}
	return f
}

// open returns a panel over a store with the flows of an API below /api/v1.
func open(t *testing.T) (*panel, *store.DB) {
	t.Helper()
	db, err := store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for i := range 12 {
		add(t, db, exchange("GET", fmt.Sprintf("/api/v1/orders/%d", i+100), 200), exchange("GET", "/api/v1/orders/mine", 200),
			exchange("POST", "/api/v1/orders", 201), exchange("GET", fmt.Sprintf("/api/v1/users/%d/orders", i+5), 200))
	}
	return &panel{Config: Config{Store: db, Documents: catalog.NewBackground(t.Context(), catalog.New(catalog.Config{Store: db})),
		Redact: redact.New([]byte("key"), redact.Config{})}}, db
}

func add(t *testing.T, db *store.DB, fs ...flow.Flow) {
	t.Helper()
	if _, err := db.Append(t.Context(), fs...); err != nil {
		t.Fatal(err)
	}
}

// TestDescribe checks what is required and where the parts of an operation stand in the document,
// of their own and of components.
func TestDescribe(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{
"parameters":[{"name":"p","in":"query","required":true,"schema":{"type":"string"}},{"$ref":"#/components/parameters/q"}],
"get":{"responses":{"200":{"description":"fine","headers":{"X-A":{"required":true,"schema":{"type":"string"}},"X/B":{"schema":{"type":"integer"}}}}}},
"post":{"requestBody":{"$ref":"#/components/requestBodies/b"},"responses":{"201":{"$ref":"#/components/responses/r"}}},
"put":{"requestBody":{"content":{"a/b":{"schema":{"type":"string"}}}},"responses":{"204":{"description":"done"}}}}},
"components":{"parameters":{"q":{"name":"q","in":"query","description":"how many","schema":{"type":"integer"}}},
"requestBodies":{"b":{"required":true,"content":{"application/json":{"schema":{"type":"object"}}}}},
"responses":{"r":{"description":"made","content":{"application/json":{"schema":{"type":"string"}}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	item := doc.Paths.Value("/a")
	for method, want := range map[string][]string{
		"get": {"200 fine /paths/~1a/get/responses/200", "X-A true /paths/~1a/get/responses/200/headers/X-A", "X/B false /paths/~1a/get/responses/200/headers/X~1B"},
		"post": {
			"request application/json true /components/requestBodies/b/content/application~1json/schema",
			"201 made /components/responses/r", "application/json false",
		},
		"put": {"request a/b false /paths/~1a/put/requestBody/content/a~1b/schema", "204 done /paths/~1a/put/responses/204"},
	} {
		var s Shown
		s.describe(item, item.GetOperation(strings.ToUpper(method)), "/paths/~1a", "/"+method)
		var got []string
		for _, q := range s.Parameters {
			got = append(got, fmt.Sprint(q.Schema.Name, q.Schema.Required, q.Schema.Pointer, q.Schema.Description))
		}
		if params := fmt.Sprint(got); params != "[ptrue/paths/~1a/parameters/0 qfalse/components/parameters/qhow many]" {
			t.Errorf("%s: parameters %s", method, params)
		}
		got = nil
		for _, c := range s.Request {
			got = append(got, fmt.Sprint("request ", c.Type, " ", c.Schema.Required, " ", c.Schema.Pointer))
		}
		for _, r := range s.Responses {
			got = append(got, r.Status+" "+r.Description+" "+r.Pointer)
			for _, h := range r.Headers {
				got = append(got, fmt.Sprint(h.Name, " ", h.Required, " ", h.Pointer))
			}
			for _, c := range r.Content {
				got = append(got, fmt.Sprint(c.Type, " ", c.Schema.Required))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", method, got, want)
		}
	}
}

// The feed sends what is known, and again when flows bring an operation.
func TestLearned(t *testing.T) {
	p, db := open(t)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	var events []Learned
	done := errors.New("seen")
	err := p.learned(ctx, HostQuery{}, "", func(_ string, l Learned) error {
		events = append(events, l)
		for _, o := range l.Operations {
			if o.Method == "DELETE" {
				return done
			}
		}
		if len(events) == 1 {
			add(t, db, exchange("DELETE", "/api/v1/orders/101", 204))
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
	first, last := events[0], events[len(events)-1]
	if first.Host != "api.example.com" || first.Hosts[0].Flows != 48 || first.Hosts[0].Operations != len(first.Operations) {
		t.Errorf("%+v", first)
	}
	if len(last.Operations) != len(first.Operations)+1 || last.Hosts[0].Flows != 49 {
		t.Errorf("%+v", last)
	}
	missing, err := p.know(ctx, "none.example")
	if err != nil || missing.Host != "" || len(missing.Hosts) != 1 {
		t.Errorf("%+v, %v", missing, err)
	}
}

// Every operation has the flows that its filter selects, and evidence.
func TestOperation(t *testing.T) {
	p, db := open(t)
	l, err := p.know(t.Context(), "")
	if err != nil || len(l.Operations) < 3 {
		t.Fatalf("%+v, %v", l, err)
	}
	weighed := false
	for _, o := range l.Operations {
		s, err := p.operation(t.Context(), OperationQuery{l.Host, o.Method, o.Path})
		if err != nil {
			t.Fatal(err)
		}
		where, err := filter.Parse(s.Filter, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for f, err := range db.Scan(t.Context(), store.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			if where.Match(&f) {
				n++
			}
		}
		if n != o.Flows || n == 0 {
			t.Errorf("%s %s: the filter %s selects %d flows of %d", o.Method, o.Path, s.Filter, n, o.Flows)
		}
		if len(s.Responses) == 0 || len(s.Responses[0].Content) == 0 || len(s.Responses[0].Content[0].Schema.Children) == 0 {
			t.Errorf("%s %s: no tree of the response: %+v", o.Method, o.Path, s.Responses)
		}
		if !slices.ContainsFunc(s.Security, func(text string) bool {
			return strings.Contains(text, ": a token (HTTP bearer)") || strings.Contains(text, ": the query api_key")
		}) {
			t.Errorf("%s %s: security %q", o.Method, o.Path, s.Security)
		}
		for _, f := range s.Findings {
			if f.Weighed && strings.HasPrefix(f.Subject, "{") {
				weighed = true
				if f.Score <= 0 || !strings.HasPrefix(f.Result, "parameter") {
					t.Errorf("%s %s: score %f", f.Subject, f.Result, f.Score)
				}
			}
		}
	}
	if !weighed {
		t.Error("no decision on a parameter has weights")
	}
	var gone *wire.Error
	if _, err := p.operation(t.Context(), OperationQuery{l.Host, "PATCH", "/none"}); !errors.As(err, &gone) || !gone.NotFound {
		t.Errorf("an operation that does not exist: %v", err)
	}
	if _, err := p.document(t.Context(), HostQuery{"none.example"}); !errors.As(err, &gone) || !gone.NotFound {
		t.Errorf("a host that does not exist: %v", err)
	}
}

// Nothing that the panel answers holds a secret of the traffic.
func TestSecrets(t *testing.T) {
	p, _ := open(t)
	var all bytes.Buffer
	encode := func(v any, err error) {
		t.Helper()
		if err == nil {
			err = json.NewEncoder(&all).Encode(v)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	l, err := p.know(t.Context(), "")
	encode(l, err)
	for _, o := range l.Operations {
		s, err := p.operation(t.Context(), OperationQuery{l.Host, o.Method, o.Path})
		encode(s, err)
	}
	d, err := p.document(t.Context(), HostQuery{l.Host})
	encode(d, err)
	f, err := p.download(t.Context(), HostQuery{l.Host})
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := f.Write(&file); err != nil || file.String() != d.YAML || f.Name != "api.example.com.openapi.yaml" {
		t.Errorf("%s: %v, or the file differs from the document", f.Name, err)
	}
	all.Write(file.Bytes())
	if !strings.Contains(all.String(), "password") {
		t.Error("the answers lack the property with the secret")
	}
	if strings.Contains(all.String(), secret) {
		t.Errorf("a secret is in the answers: %s", all.String())
	}
}

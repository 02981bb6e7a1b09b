package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
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
	db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
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
	must.Get(db.Append(t.Context(), fs...))
}

// The feed sends the known operations, and sends them again when flows add an operation.
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

// No response of the panel holds a secret of the traffic.
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
	f := must.Get(p.download(t.Context(), HostQuery{l.Host}))
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

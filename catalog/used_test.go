package catalog

import (
	"context"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// exchange is a flow with a JSON response.
func exchange(path, cookie, request, response string) flow.Flow {
	f := answered(path)
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Cookie", Value: cookie}}
	f.Request.Body = flow.Body{Data: []byte(request), Size: int64(len(request))}
	f.Response.Body = flow.Body{Data: []byte(response), Size: int64(len(response))}
	return f
}

// TestCredentialsOfStore holds that a word which one flow of a store uses as a credential is hidden
// in later flows, under any name, and no other word.
func TestCredentialsOfStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db := must.Get(store.Open(path, store.Options{Create: true}))
	defer db.Close()
	login := exchange("/login", "track=gx81kq02hd71bs55", `{"user":"ann","password":"Sesame81!x"}`, `{"token":"k3y-8f0a2c41-9q"}`)
	guess := exchange("/login", "", `{"password":"Ord1nary-w0rd"}`, `{}`)
	guess.Source = flow.SourceReplay
	var words strings.Builder
	for range 300 { // no credential
		words.WriteString(" v1beta1 2026-11-20T10:00:00Z")
	}
	must.Get(db.Append(t.Context(), login, guess))
	must.Get(db.Append(t.Context(), exchange("/search/k3y-8f0a2c41-9q/x", "", `{"q":["Sesame81!x"],"of":"gx81kq02hd71bs55"}`,
		`{"note":"no k3y-8f0a2c41-9q, (Sesame81!x). But Ord1nary-w0rd, k3y-8f0a2c41-9qq and v1beta1`+words.String()+`"}`)))
	for _, run := range []string{"learnt", "saved"} {
		r := must.Get(Redactor(t.Context(), db, []byte("key"), redact.Config{}, nil))
		f := must.Get(db.Get(t.Context(), 3))
		shown := r.Flow(f)
		text := shown.Request.Path + string(shown.Request.Body.Data) + string(shown.Response.Body.Data)
		for _, w := range []string{"k3y-8f0a2c41-9q/", "k3y-8f0a2c41-9q,", "Sesame81!x", "gx81kq02hd71bs55"} {
			if strings.Contains(text, w) {
				t.Errorf("%s: shows %s: %.300s", run, w, text)
			}
		}
		if want := f.Response.Body.Data[len(f.Response.Body.Data)-words.Len():]; !strings.Contains(text, " But Ord1nary-w0rd, k3y-8f0a2c41-9qq and v1beta1") || !strings.HasSuffix(text, string(want)) {
			t.Errorf("%s: hides harmless words: %.300s", run, text)
		}
		must.Do(t, SaveCredentials(t.Context(), db, r.Used()))
		saved := must.Get(Redactor(t.Context(), db, []byte("key"), redact.Config{}, nil)).Used()
		if !saved.In([]byte("k3y-8f0a2c41-9q")) || saved.In([]byte("Ord1nary-w0rd")) {
			t.Error("documents know other credentials")
		}
		if _, err := db.Delete(t.Context(), store.Query{Until: 2}); err != nil { // what they used stays secret
			t.Fatal(err)
		}
	}
	data, _, err := db.LoadModel(t.Context(), usedName)
	if err != nil || len(data) > 200 || strings.Contains(string(data), "Sesame") {
		t.Errorf("saved %d bytes of credentials, %v", len(data), err)
	}
}

// TestCredentialsOfSites holds that a site learns by no guess what another one knows, in flows and
// in documents, and that a flow which another process adds teaches an open redactor.
func TestCredentialsOfSites(t *testing.T) { synctest.Test(t, testCredentialsOfSites) }

func testCredentialsOfSites(t *testing.T) {
	const password, token = "Sesame81!x", "k3y8f0a2c41d9q77m"
	at := func(authority, request, response string) flow.Flow {
		f := exchange("/in", "", request, response)
		f.Request.Scheme, f.Request.Authority = "https", authority
		return f
	}
	db := must.Get(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	defer db.Close()
	guess := `{"a":"` + password + `","b":"` + token + `"}`
	for _, host := range []string{"shop.evil.example", "www.bank.example", "10.0.0.2"} {
		must.Get(db.Append(t.Context(), at(host, "{}", guess)))
	}
	r := must.Get(Redactor(t.Context(), db, []byte("key"), redact.Config{}, nil))
	shown := func(seq flow.Seq) string {
		f := must.Get(db.Get(t.Context(), seq))
		return string(r.Flow(f).Response.Body.Data)
	}
	if got := shown(1); !strings.Contains(got, password) || !strings.Contains(got, token) {
		t.Errorf("before the login: %s", got)
	}
	must.Get(db.Append(t.Context(), at("login.bank.example", `{"password":"`+password+`","token":"`+token+`"}`, "{}")))
	time.Sleep(2 * time.Second)
	for seq, hides := range map[flow.Seq]bool{1: false, 2: true, 3: false} {
		if got := shown(seq); strings.Contains(got, password) == hides || strings.Contains(got, token) {
			t.Errorf("flow %d: %s", seq, got)
		}
	}
	const sent = "Sesame82!x" // by a page of another site
	page := at("api.pay.example", `{"password":"`+sent+`"}`, "{}")
	page.Request.Header = append(page.Request.Header, flow.Field{Name: "Sec-Fetch-Site", Value: "cross-site"})
	must.Get(db.Append(t.Context(), page))
	seq := must.Get(db.Append(t.Context(), at("api.pay.example", "{}", `{"a":"`+sent+`"}`)))
	if got := shown(seq); strings.Contains(got, sent) {
		t.Errorf("after a page of another site: %s", got)
	}
	u := r.Used()
	if u.In([]byte(password), "shop.evil.example") || !u.In([]byte(password), "evil.example", "bank.example") || !u.In([]byte(password)) || !u.In([]byte(token), "evil.example") {
		t.Error("documents know other credentials")
	}
}

// failingStore is a store whose flows cannot be read.
type failingStore struct{ Store }

func (failingStore) Scan(context.Context, store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, store.ErrCorrupt) }
}

// TestCredentialsNotRead holds that what may be a credential is hidden while the flows cannot be
// read, and that what a reader learned is not learned again.
func TestCredentialsNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	db := must.Get(store.Open(path, store.Options{Create: true}))
	const flows = minSaveUsed
	for range flows {
		must.Get(db.Append(t.Context(), exchange("/login", "", `{"password":"Sesame81!x"}`, `{}`)))
	}
	const text = "of Sesame81!x, W0rd-of-n0body and plainword"
	shown := func(st Store, want string) (kept *redact.Used) {
		t.Helper()
		r := must.Get(Redactor(t.Context(), st, []byte("key"), redact.Config{}, func(u *redact.Used) { kept = u }))
		for _, w := range strings.Fields("Sesame81!x W0rd-of-n0body plainword") {
			if got := strings.Contains(r.Text(text), w); got != strings.Contains(want, w) {
				t.Errorf("shows %s: %t", w, got)
			}
		}
		return kept
	}
	shown(failingStore{db}, "plainword")
	must.Do(t, db.Close())
	reader := must.Get(store.Open(path, store.Options{ReadOnly: true}))
	learnt := shown(reader, "W0rd-of-n0body plainword")
	if err := reader.Close(); err != nil || learnt == nil || learnt.Covered() != flows {
		t.Fatalf("a reader leaves %v, %v", learnt, err)
	}
	db = must.Get(store.Open(path, store.Options{}))
	defer db.Close()
	must.Do(t, SaveCredentials(t.Context(), db, learnt))
	shown(failingStore{db}, "W0rd-of-n0body plainword")
}

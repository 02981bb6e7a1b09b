package infer_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/internal/test/sample"
)

// recorder records the exchanges of a transport as flows.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex // guards fs
	fs   []flow.Flow
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	f := flow.Flow{Done: true, Request: flow.Request{Method: req.Method, Scheme: "https", Authority: "shop.example.com",
		Path: req.URL.EscapedPath(), RawQuery: req.URL.RawQuery, Header: flow.HeaderOf(req.Header)}}
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		f.Request.Body = flow.Body{Data: data, Size: int64(len(data))}
		req.Body = io.NopCloser(bytes.NewReader(data))
	}
	res, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(data))
	f.Response = &flow.Response{Status: res.StatusCode, Header: flow.HeaderOf(res.Header),
		Body: flow.Body{Data: data, Size: int64(len(data))}}
	r.mu.Lock()
	r.fs = append(r.fs, f)
	r.mu.Unlock()
	return res, nil
}

// shop returns the flows of a client of the sample API.
func shop(t testing.TB) []flow.Flow {
	t.Helper()
	s := must.Get(sample.Serve(sample.New(), t.TempDir()))
	defer s.Close()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Pool()}}
	defer tr.CloseIdleConnections()
	rec := &recorder{next: tr}
	must.Do(t, sample.Drive(t.Context(), &http.Client{Transport: rec}, s.URL))
	return rec.fs
}

// shopTruth lists the operations of the sample API, as its author would document them.
const shopTruth = `
DELETE /api/v1/orders/{order_id}
GET /admin/reports/sales
GET /api/v1/accounts/me
GET /api/v1/categories
GET /api/v1/orders
GET /api/v1/orders/{order_id}
GET /api/v1/products
GET /api/v1/products/{slug}
PATCH /api/v1/accounts/me
POST /api/v1/orders
POST /api/v1/orders/{order_id}/cancel
POST /api/v1/products
POST /oauth/token
`

var paramName = regexp.MustCompile(`\{[^}]*\}`)

// TestShop compares the inferred operations with those of the sample API.
func TestShop(t *testing.T) {
	fs := shop(t)
	d := modelOf(fs).Document(infer.Options{})
	want := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(shopTruth)) {
		want[paramName.ReplaceAllString(strings.TrimSpace(line), "{}")] = true
	}
	for _, op := range d.Operations {
		key := paramName.ReplaceAllString(op.Method+" "+op.Path, "{}")
		if !want[key] {
			t.Errorf("%s %s is not an operation of the API", op.Method, op.Path)
		}
		delete(want, key)
	}
	for key := range want {
		t.Errorf("%s is missing", key)
	}
	var schemes []string
	for _, s := range d.Security {
		schemes = append(schemes, s.Name)
	}
	for _, s := range []string{"bearerAuth", "basicAuth", "apiKey"} {
		if !slices.Contains(schemes, s) {
			t.Errorf("security scheme %s is missing; there are %v", s, schemes)
		}
	}
}

func BenchmarkDocument(b *testing.B) {
	m := modelOf(shop(b))
	b.ReportAllocs()
	for b.Loop() {
		m.Document(infer.Options{})
	}
}

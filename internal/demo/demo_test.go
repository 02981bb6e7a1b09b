package demo

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// truth lists each operation of the API, and the least number of the driver's requests to it.
var truth = map[string]int{
	"POST /oauth/token":                7,
	"GET /api/v1/accounts/me":          5,
	"PATCH /api/v1/accounts/me":        4,
	"GET /api/v1/accounts/{}":          10,
	"GET /api/v1/categories":           2,
	"GET /api/v1/products":             10,
	"POST /api/v1/products":            5,
	"GET /api/v1/products/featured":    2,
	"GET /api/v1/products/{}":          12,
	"PUT /api/v1/products/{}":          5,
	"DELETE /api/v1/products/{}":       2,
	"GET /api/v1/products/{}/stock":    5,
	"PUT /api/v1/products/{}/stock":    5,
	"GET /api/v1/products/{}/reviews":  10,
	"POST /api/v1/products/{}/reviews": 20,
	"GET /api/v1/search":               10,
	"GET /api/v1/cart":                 10,
	"POST /api/v1/cart/items":          15,
	"PATCH /api/v1/cart/items/{}":      10,
	"DELETE /api/v1/cart/items/{}":     5,
	"GET /api/v1/orders":               15,
	"POST /api/v1/orders":              20,
	"GET /api/v1/orders/{}":            20,
	"DELETE /api/v1/orders/{}":         3,
	"GET /api/v1/orders/{}/items":      20,
	"GET /api/v1/orders/{}/items/{}":   20,
	"POST /api/v1/orders/{}/cancel":    4,
	"GET /api/v1/coupons/{}":           4,
	"POST /api/v1/uploads":             5,
	"GET /api/v1/uploads/{}":           5,
	"GET /api/v1/webhooks":             4,
	"POST /api/v1/webhooks":            4,
	"DELETE /api/v1/webhooks/{}":       2,
	"POST /admin/session":              1,
	"DELETE /admin/session":            1,
	"GET /admin/reports/sales":         4,
	"GET /admin/exports/{}":            4,
}

// beside lists the routes that are no operations of the API.
var beside = []string{"GET /assets/logo.svg", "GET /p/{number}", "OPTIONS /api/v1/{rest...}", "/"}

// recorder records each exchange as one line.
type recorder struct {
	mu    sync.Mutex
	lines []string
	next  http.RoundTripper
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err == nil {
		r.mu.Lock()
		r.lines = append(r.lines, fmt.Sprint(req.Method, " ", req.URL.RequestURI(), " ", res.StatusCode, " ", res.ContentLength))
		r.mu.Unlock()
	}
	return res, err
}

// driven drives a new API over TLS and returns its exchanges and the API.
func driven(t *testing.T) ([]string, *API) {
	t.Helper()
	a := New()
	s, err := Serve(a)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Pool()}}
	defer tr.CloseIdleConnections()
	rec := &recorder{next: tr}
	if err := Drive(t.Context(), &http.Client{Transport: rec}, s.URL); err != nil {
		t.Fatal(err)
	}
	return rec.lines, a
}

func TestDriveGivesEvidenceForEveryOperation(t *testing.T) {
	lines, a := driven(t)
	t.Logf("%d requests", len(lines))
	if len(lines) < 300 {
		t.Errorf("only %d requests", len(lines))
	}
	fine := map[string]int{}
	for _, line := range lines {
		f := strings.Fields(line)
		if f[2] >= "400" {
			continue
		}
		path, _, _ := strings.Cut(f[1], "?")
		req, _ := http.NewRequest(f[0], path, nil)
		_, pattern := a.mux.Handler(req)
		if slices.Contains(beside, pattern) {
			continue
		}
		fine[blank(pattern)]++
	}
	for op, least := range truth {
		if fine[op] < least {
			t.Errorf("%s: %d requests were fine, want at least %d", op, fine[op], least)
		}
	}
	for op := range fine {
		if _, ok := truth[op]; !ok {
			t.Errorf("%s is not in the table of what there is", op)
		}
	}
}

// blank removes the names of a pattern's parameters.
func blank(pattern string) string {
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "{}"
		}
	}
	return strings.Join(parts, "/")
}

func TestSameRequestsSameAnswers(t *testing.T) {
	first, _ := driven(t)
	second, _ := driven(t)
	if !slices.Equal(first, second) {
		t.Error("two runs of the driver differ")
	}
}

func TestRequestsAreCounted(t *testing.T) {
	lines, a := driven(t)
	want := int64(0)
	for _, line := range lines {
		if strings.HasPrefix(line, "DELETE ") {
			want++
		}
	}
	if got := a.Requests("DELETE"); got != want || got == 0 {
		t.Errorf("the API counted %d DELETE requests, the client sent %d", got, want)
	}
}

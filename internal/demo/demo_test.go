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

// wantOperations lists each operation of the API with the least number of successful requests that
// the driver must send to it.
var wantOperations = map[string]int{
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

// otherRoutes lists the routes that are not operations of the API.
var otherRoutes = []string{"GET /assets/logo.svg", "GET /p/{number}", "OPTIONS /api/v1/{rest...}", "/"}

// recorder is a round tripper that records each exchange as one line.
type recorder struct {
	mu    sync.Mutex
	lines []string
	next  http.RoundTripper
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err == nil {
		r.mu.Lock()
		r.lines = append(r.lines, fmt.Sprint(req.Method, " ", req.URL.RequestURI(), " ", res.StatusCode, " ",
			res.ContentLength))
		r.mu.Unlock()
	}
	return res, err
}

// driven drives a new API over TLS. It returns the recorded exchanges and the API.
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

// TestDriveCoversEveryOperation checks that the driver sends enough successful requests to each
// operation, and none to unlisted ones.
func TestDriveCoversEveryOperation(t *testing.T) {
	lines, a := driven(t)
	t.Logf("%d requests", len(lines))
	if len(lines) < 300 {
		t.Errorf("only %d requests", len(lines))
	}
	succeeded := map[string]int{}
	for _, line := range lines {
		f := strings.Fields(line)
		if f[2] >= "400" {
			continue
		}
		path, _, _ := strings.Cut(f[1], "?")
		req, _ := http.NewRequest(f[0], path, nil)
		_, pattern := a.mux.Handler(req)
		if slices.Contains(otherRoutes, pattern) {
			continue
		}
		succeeded[blank(pattern)]++
	}
	for op, least := range wantOperations {
		if succeeded[op] < least {
			t.Errorf("%s: %d requests succeeded, want at least %d", op, succeeded[op], least)
		}
	}
	for op := range succeeded {
		if _, ok := wantOperations[op]; !ok {
			t.Errorf("%s is missing in wantOperations", op)
		}
	}
}

// blank removes the names of the parameters from a pattern.
func blank(pattern string) string {
	segments := strings.Split(pattern, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

// TestDriveIsDeterministic checks that two runs of the driver send the same requests and get the
// same responses.
func TestDriveIsDeterministic(t *testing.T) {
	first, _ := driven(t)
	second, _ := driven(t)
	if !slices.Equal(first, second) {
		t.Error("two runs of the driver differ")
	}
}

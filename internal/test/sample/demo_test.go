package sample

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// otherRoutes lists the routes that are not operations of the API.
var otherRoutes = []string{"GET /assets/logo.svg", "GET /p/{slug}", "OPTIONS /api/v1/{rest...}", "/"}

// recorder is a round tripper that records each exchange as one line.
type recorder struct {
	lines []string
	next  http.RoundTripper
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := r.next.RoundTrip(req)
	if err == nil {
		r.lines = append(r.lines, fmt.Sprint(req.Method, " ", req.URL.RequestURI(), " ", res.StatusCode, " ", res.ContentLength))
	}
	return res, err
}

// driven drives a new API over TLS. It returns the recorded exchanges and the API.
func driven(t *testing.T) ([]string, *API) {
	t.Helper()
	a := New()
	s := must.Get(Serve(a, t.TempDir()))
	defer s.Close()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Pool()}}
	defer tr.CloseIdleConnections()
	rec := &recorder{next: tr}
	must.Do(t, Drive(t.Context(), &http.Client{Transport: rec}, s.URL))
	return rec.lines, a
}

// TestDriveCoversEveryOperation checks that requests to each operation succeed, and that some fail.
func TestDriveCoversEveryOperation(t *testing.T) {
	lines, a := driven(t)
	succeeded, failed := map[string]int{}, 0
	for _, line := range lines {
		f := strings.Fields(line)
		if f[2] >= "400" {
			failed++
			continue
		}
		path, _, _ := strings.Cut(f[1], "?")
		req, _ := http.NewRequest(f[0], path, nil)
		_, pattern := a.mux.Handler(req)
		succeeded[pattern]++
	}
	for pattern := range a.routes() {
		if succeeded[pattern] == 0 && !slices.Contains(otherRoutes, pattern) {
			t.Errorf("no request to %s succeeded", pattern)
		}
	}
	if len(lines) < 140 || failed < 20 {
		t.Errorf("%d requests, of which %d failed", len(lines), failed)
	}
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

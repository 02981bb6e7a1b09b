package codegen

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/flow"
)

// redirectsOff is what keeps a library from following redirects. The others of the table of
// interpreters, such as curl, follow none.
var redirectsOff = map[string]string{
	"curl_cffi": "allow_redirects=False", "requests": "allow_redirects=False", "httpx": "follow_redirects=False",
	"aiohttp": "allow_redirects=False", "playwright": "max_redirects=0", "fetch": `redirect: "manual"`, "go": "http.ErrUseLastResponse",
}

// An API cannot lead a generated program, with the secrets in its headers, to another server.
func TestCodeFollowsNoRedirect(t *testing.T) {
	var elsewhere atomic.Int64
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer thief.Close()
	var sent atomic.Int64
	stub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent.Add(1)
		http.Redirect(w, r, thief.URL, http.StatusTemporaryRedirect)
	}))
	defer stub.Close()
	f := newFlow("GET", strings.TrimPrefix(stub.URL, "http://"), "/a", "")
	f.Request.Header = flow.Header{{Name: "X-Api-Key", Value: plantedToken}}
	for framework := range interpreters {
		t.Run(framework, func(t *testing.T) {
			p := generate(framework, f)
			if off := redirectsOff[framework]; !strings.Contains(p.Code, off) {
				t.Errorf("the program lacks %s:\n%s", off, p.Code)
			}
			if strings.Contains(p.Code, "--location") {
				t.Errorf("curl follows redirects:\n%s", p.Code)
			}
			before := sent.Load()
			runProgram(t, interpreter(t, framework), p, func(Variable) string { return plantedToken })
			if sent.Load() == before || elsewhere.Load() > 0 {
				t.Errorf("%d requests, %d of them elsewhere:\n%s", sent.Load()-before, elsewhere.Load(), p.Code)
			}
		})
	}
}

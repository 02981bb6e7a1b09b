package egress

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The answer that redirects is not read beyond a bound, and its connection ends before the next
// one is used up.
func TestRedirectEndsItsAnswer(t *testing.T) {
	ended := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a" {
			return
		}
		w.Header().Set("Location", "/b")
		w.WriteHeader(http.StatusFound)
		for chunk := make([]byte, 64<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				close(ended)
				return
			}
		}
	}))
	defer srv.Close()
	cl := newClient(t, Config{Named: []string{srv.URL}})
	resp, err := cl.Do(context.Background(), Call{Method: "GET", URL: parse(t, srv.URL+"/a")})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d", resp.StatusCode)
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		srv.CloseClientConnections()
		t.Error("the answer that redirects is still sent")
	}
	io.Copy(io.Discard, resp.Body)
}

// A response says why its redirect was not followed, in words that have nothing of it.
func TestWhyNotFollowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusFound
		fmt.Sscan(r.URL.Query().Get("status"), &status)
		if to, ok := r.URL.Query()["to"]; ok {
			w.Header()["Location"] = to
		}
		w.WriteHeader(status)
	}))
	defer srv.Close()
	for name, x := range map[string]struct {
		method, query, want string
		redirects           int
		once                bool
	}{
		"no redirect":      {query: "status=200&to=/x", want: ""},
		"not modified":     {query: "status=304&to=/x", want: ""},
		"choices":          {query: "status=300&to=/x", want: ""},
		"followed":         {query: "to=/x?status=200", want: ""},
		"another origin":   {query: "status=301&to=https://b.example/%3Ftoken=s3cret", want: "it leads to another origin"},
		"a user":           {query: "to=" + strings.Replace(srv.URL, "://", "://u:p@", 1) + "/", want: "it leads to another origin"},
		"a scheme":         {query: "to=mailto:a@b.example", want: "it leads to another origin"},
		"a write":          {query: "status=303&to=/x%3F_method=DELETE", want: "a server may handle its URL as a write"},
		"POST":             {method: "POST", query: "status=307&to=/x", want: "only redirects of GET and HEAD are followed"},
		"HEAD":             {method: "HEAD", query: "status=308&to=//b.example", want: "it leads to another origin"},
		"no location":      {query: "", want: "it has no valid Location"},
		"empty location":   {query: "to=", want: "it has no valid Location"},
		"invalid location": {query: "to=%25zz", want: "it has no valid Location"},
		"once":             {query: "to=/x", once: true, want: "the call may send one request only"},
		"none":             {query: "to=/x", redirects: -1, want: "redirects are not followed"},
		"loop":             {query: "to=%3Fto=%253Fto=/x", redirects: 2, want: "it is one of more than 2"},
		"loop of 5":        {query: "to=" + url.QueryEscape("?to="+url.QueryEscape("?to="+url.QueryEscape("?to="+url.QueryEscape("?to="+url.QueryEscape("?to=/x"))))), want: "it is one of more than 5"},
	} {
		cl := newClient(t, Config{Named: []string{srv.URL}, Redirects: x.redirects})
		resp, err := cl.Do(t.Context(), Call{Method: cmp.Or(x.method, "GET"), URL: parse(t, srv.URL+"/a?"+x.query), Once: x.once})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := NotFollowed(resp); got != x.want {
			t.Errorf("%s: %q, status %d", name, got, resp.StatusCode)
		}
		resp.Body.Close()
	}
	if got := NotFollowed(&http.Response{StatusCode: http.StatusFound, Body: http.NoBody}); got != "" {
		t.Errorf("a response of another client: %q", got)
	}
}

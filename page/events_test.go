package page_test

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page"
	"github.com/spectap/spectap/page/wire"
)

// serve returns the answer to a request, without a network.
func serve(ctx context.Context, s *page.Server, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// signInWithout begins a session without a network.
func signInWithout(t *testing.T, s *page.Server) (base, cookie string) {
	t.Helper()
	origin, token, _ := strings.Cut(s.URL(), "/#token=")
	w := serve(t.Context(), s, "POST", origin+"/session", fmt.Sprintf(`{"token":%q}`, token), jsonType)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	c := w.Result().Cookies()[0]
	return origin + c.Path, "Cookie: " + c.Name + "=" + c.Value
}

// TestFeedsOfAStreamAreBounded opens streams of as many feeds as one may have, and of more.
func TestFeedsOfAStreamAreBounded(t *testing.T) {
	p := wire.Panel{Name: "test"}
	for i := range 17 {
		p.Feeds = append(p.Feeds, wire.NewFeed(fmt.Sprint("feed", i), func(context.Context, echoIn, string, func(string, echoOut) error) error { return nil }))
	}
	s := must.Get(page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}}))
	base, cookie := signInWithout(t, s)
	for n, want := range map[int]int{16: 200, 17: 400} {
		query := url.Values{}
		for _, f := range p.Feeds[:n] {
			query.Set("test."+f.Name, "{}")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // else the stream stays open
		if w := serve(ctx, s, "GET", base+"api/events?"+query.Encode(), "", cookie); w.Code != want {
			t.Errorf("%d feeds: status %d, want %d", n, w.Code, want)
		}
	}
}

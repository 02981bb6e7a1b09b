package page_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/page"
	"github.com/spectap/spectap/page/wire"
)

// TestServerEnds checks that the streams of a server end with it, and its error if its listener fails.
func TestServerEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(stop func(), l net.Listener)
		want error
	}{
		{"as asked", func(stop func(), _ net.Listener) { stop() }, nil},
		{"without a listener", func(_ func(), l net.Listener) { l.Close() }, net.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ended := make(chan error, 1)
			p := wire.Panel{Name: "test", Feeds: []wire.Feed{
				wire.NewFeed("wait", func(ctx context.Context, _ echoIn, _ string, _ func(string, echoOut) error) error {
					<-ctx.Done()
					ended <- ctx.Err()
					return ctx.Err()
				}),
			}}
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			s, err := page.New(page.Config{Addr: l.Addr(), Panels: []wire.Panel{p}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			served := make(chan error, 1)
			go func() { served <- s.Serve(ctx, l) }()
			base, cookie, _ := signIn(t, s.URL())
			r, err := http.NewRequest(http.MethodGet, base+"api/events?test.wait=%7B%7D", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Cookie", strings.TrimPrefix(cookie, "Cookie: "))
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if line, err := bufio.NewReader(resp.Body).ReadString('\n'); line != ":\n" {
				t.Fatalf("the stream begins with %q: %v", line, err)
			}
			tt.end(stop, l)
			if err := <-served; !errors.Is(err, tt.want) || tt.want != nil && !strings.HasPrefix(err.Error(), "serve the page: ") {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			<-ended
		})
	}
}

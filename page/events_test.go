package page_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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

// TestStream checks what a stream sends: the events of its feeds, why a feed ended, and comments
// that show that it is still there.
func TestStream(t *testing.T) {
	feed := func(name string, err error) wire.Feed {
		return wire.NewFeed(name, func(ctx context.Context, in echoIn, _ string, send func(string, echoOut) error) error {
			if err != nil {
				return err
			}
			if err := send("", echoOut{Text: in.Text}); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
	}
	for _, tt := range []struct {
		name, query string
		lasts       time.Duration
		want        string
	}{
		{"an event", `test.fine={"text":"a"}`, time.Second, ":\n\nevent: test.fine\ndata: {\"text\":\"a\",\"list\":[]}\n\n"},
		{"a known error", "test.known={}", time.Second, ":\n\nevent: error:test.known\ndata: {\"message\":\"no such thing\",\"try\":\"another\"}\n\n"},
		{"another error", "test.unknown={}", time.Second, ":\n\nevent: error:test.unknown\ndata: {\"message\":\"this failed; the terminal of spectap says why\"}\n\n"},
		{"a wrong argument", "test.fine={", time.Second, ":\n\nevent: error:test.fine\ndata: {\"message\":\"the argument of the call is not valid: no JSON\"}\n\n"},
		{"the end of a feed", "test.brief={}", time.Second, ":\n\n"},
		{"a minute", "test.known={}", time.Minute + time.Second,
			":\n\nevent: error:test.known\ndata: {\"message\":\"no such thing\",\"try\":\"another\"}\n\n" + strings.Repeat(":\n\n", 4)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				brief := wire.NewFeed("brief", func(context.Context, echoIn, string, func(string, echoOut) error) error { return nil })
				p := wire.Panel{Name: "test", Feeds: []wire.Feed{
					brief, feed("fine", nil), feed("known", &wire.Error{Message: "no such thing", Try: "another"}), feed("unknown", errors.New("at /home/ann")),
				}}
				s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}})
				if err != nil {
					t.Fatal(err)
				}
				base, cookie := signInWithout(t, s)
				ctx, cancel := context.WithTimeout(t.Context(), tt.lasts)
				defer cancel()
				name, value, _ := strings.Cut(tt.query, "=")
				w := serve(ctx, s, "GET", base+"api/events?"+name+"="+url.QueryEscape(value), "", cookie)
				if got := w.Body.String(); w.Code != 200 || got != tt.want || !w.Flushed {
					t.Errorf("%d %q, want %q", w.Code, got, tt.want)
				}
				if h := w.Header(); h.Get("Content-Type") != "text/event-stream" || h.Get("Cache-Control") != "no-store" {
					t.Errorf("header %v", h)
				}
			})
		})
	}
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

// TestLaunchEnds checks how long a link for the command line of a browser opens a session.
func TestLaunchEnds(t *testing.T) {
	for after, want := range map[time.Duration]int{59 * time.Second: 200, time.Minute: 401} {
		synctest.Test(t, func(t *testing.T) {
			s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}})
			if err != nil {
				t.Fatal(err)
			}
			origin, token, _ := strings.Cut(s.LaunchURL(), "/#token=")
			time.Sleep(after) // of the bubble
			if w := serve(t.Context(), s, "POST", origin+"/session", fmt.Sprintf(`{"token":%q}`, token), jsonType); w.Code != want {
				t.Errorf("after %s: %d %s", after, w.Code, w.Body)
			}
		})
	}
}

// broken is a connection that takes n bytes.
type broken struct {
	http.ResponseWriter
	n int
}

func (b *broken) Write(p []byte) (int, error) {
	if b.n -= len(p); b.n < 0 {
		return 0, errors.New("gone")
	}
	return b.ResponseWriter.Write(p)
}

func (b *broken) Unwrap() http.ResponseWriter { return b.ResponseWriter }

// TestStreamBreaks checks that all feeds of a stream end when the connection takes no more.
func TestStreamBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failed error
		p := wire.Panel{Name: "test", Feeds: []wire.Feed{
			wire.NewFeed("wait", func(ctx context.Context, _ echoIn, _ string, _ func(string, echoOut) error) error {
				<-ctx.Done()
				return nil
			}),
			wire.NewFeed("send", func(_ context.Context, _ echoIn, _ string, send func(string, echoOut) error) error {
				failed = send("", echoOut{Text: strings.Repeat("a", 100)})
				return failed
			}),
		}}
		s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}})
		if err != nil {
			t.Fatal(err)
		}
		base, cookie := signInWithout(t, s)
		r := httptest.NewRequestWithContext(t.Context(), "GET", base+"api/events?test.wait=%7B%7D&test.send=%7B%7D", nil)
		name, value, _ := strings.Cut(cookie, ": ")
		r.Header.Set(name, value)
		began := time.Now()
		s.ServeHTTP(&broken{httptest.NewRecorder(), 50}, r)
		if failed == nil || time.Since(began) != 0 {
			t.Errorf("%v after %s", failed, time.Since(began))
		}
	})
}

// TestFeedsOfAStreamAreBounded opens streams of as many feeds as one may have, and of more.
func TestFeedsOfAStreamAreBounded(t *testing.T) {
	p := wire.Panel{Name: "test"}
	for i := range 17 {
		p.Feeds = append(p.Feeds, wire.NewFeed(fmt.Sprint("feed", i), func(context.Context, echoIn, string, func(string, echoOut) error) error { return nil }))
	}
	s, err := page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}, Panels: []wire.Panel{p}})
	if err != nil {
		t.Fatal(err)
	}
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

package page_test

import (
	"net"
	"regexp"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/page"
)

// TestFilesOfThePage gets the files that the page names, as browsers do, and as the pages of others
// might.
func TestFilesOfThePage(t *testing.T) {
	const origin = "http://127.0.0.1:4000"
	s := must.Get(page.New(page.Config{Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 4000}}))
	index := serve(t.Context(), s, "GET", origin+"/", "")
	files := regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(index.Body.String(), -1)
	if len(files) < 3 {
		t.Fatalf("the page names the files %q", files)
	}
	types := map[string]string{"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
	for _, file := range files {
		for _, tt := range []struct {
			name, method string
			header       []string
			want         int
		}{
			{"the page", "GET", []string{"Sec-Fetch-Site: same-origin", "Origin: " + origin}, 200},
			{"an old browser", "GET", nil, 200},
			{"the head", "HEAD", nil, 200},
			{"the line for addresses", "GET", []string{"Sec-Fetch-Site: none"}, 200},
			{"another port", "GET", []string{"Sec-Fetch-Site: same-site"}, 403},
			{"another site", "GET", []string{"Sec-Fetch-Site: cross-site"}, 403},
			{"a change", "PUT", nil, 404},
		} {
			w := serve(t.Context(), s, tt.method, origin+file[1], "", tt.header...)
			if w.Code != tt.want {
				t.Errorf("%s, %s: status %d, want %d", file[1], tt.name, w.Code, tt.want)
			}
			if kind := types[regexp.MustCompile(`[a-z]+$`).FindString(file[1])]; tt.want == 200 && w.Header().Get("Content-Type") != kind {
				t.Errorf("%s has the type %q, want %q", file[1], w.Header().Get("Content-Type"), kind)
			}
		}
		tag := serve(t.Context(), s, "GET", origin+file[1], "").Header().Get("ETag")
		if w := serve(t.Context(), s, "GET", origin+file[1], "", "If-None-Match: "+tag); w.Code != 304 || w.Body.Len() > 0 {
			t.Errorf("%s that the browser has: status %d, %d bytes", file[1], w.Code, w.Body.Len())
		}
	}
}

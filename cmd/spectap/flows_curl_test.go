package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// TestCurlCommand runs the commands with bash and curl, and compares the requests that arrive.
func TestCurlCommand(t *testing.T) {
	for _, name := range []string{"bash", "curl", "base64"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skip("no " + name + " here")
		}
	}
	type arrived struct{ method, target, body, a, b string }
	got := make(chan arrived, 1)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- arrived{r.Method, r.RequestURI, string(body), r.Header.Get("X-A"), strings.Join(r.Header.Values("X-B"), "|")}
	}))
	defer srv.Close()
	host := strings.TrimPrefix(srv.URL, "http://")
	for _, tt := range []struct {
		name string
		r    flow.Request
	}{
		{"get", flow.Request{Method: "GET", Path: "/a", RawQuery: "b=c&d=%20"}},
		{"head", flow.Request{Method: "HEAD", Path: "/a"}},
		{"post", flow.Request{Method: "POST", Path: "/a", Body: flow.Body{Data: []byte(`{"a":"it's $HOME \"x\" !"}`)}}},
		{"post without body", flow.Request{Method: "POST", Path: "/a"}},
		{"put", flow.Request{Method: "PUT", Path: "/a", Body: flow.Body{Data: []byte("@/etc/passwd")}}},
		{"delete", flow.Request{Method: "DELETE", Path: "/a/1"}},
		{"get with body", flow.Request{Method: "GET", Path: "/a", Body: flow.Body{Data: []byte("x")}}},
		{"control characters", flow.Request{Method: "POST", Path: "/a", Body: flow.Body{Data: []byte("line\r\n\ttab\x1b[31m \x7f \\ ' é\u202e")}}},
		{"binary", flow.Request{Method: "POST", Path: "/a", Body: flow.Body{Data: []byte("\x00\xff\x01")}}},
		{"patterns", flow.Request{Method: "GET", Path: "/a[1-3]/{x,y}", RawQuery: "filter[a]=1"}},
		{"dots", flow.Request{Method: "GET", Path: "/a/../b/./c"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.r.Scheme, tt.r.Authority = "http", host
			tt.r.Header = flow.Header{{Name: "X-A", Value: "it's; a `test`"}, {Name: "X-B", Value: "1"}, {Name: "X-B", Value: "2"}, {Name: "@/etc/passwd", Value: "no"},
				{Name: "Accept-Encoding", Value: "gzip"}, {Name: "Content-Length", Value: "999"}, {Name: "Host", Value: host}}
			path := filepath.Join(t.TempDir(), "s.db")
			db := openStore(t, path, store.Options{Create: true})
			tt.r.Body.Size = int64(len(tt.r.Body.Data))
			must(db.Append(t.Context(), flow.Flow{ID: flow.NewID(), Done: true, Started: time.Now(), Request: tt.r}))
			db.Close()
			status, command, errs := runHere("flows", "show", "--db", path, "--curl", "--reveal", "1")
			if status != 0 {
				t.Fatal(status, errs)
			}
			command = strings.TrimSuffix(command, "\n")
			if strings.ContainsAny(command, "\x1b\r\x7f\u202e") {
				t.Errorf("control characters in %q", command)
			}
			out, err := exec.Command("bash", "-c", command+" --silent --show-error --noproxy '*'").CombinedOutput()
			if err != nil {
				t.Fatalf("%s\n%v: %s", command, err, out)
			}
			want := arrived{tt.r.Method, tt.r.Path, string(tt.r.Body.Data), "it's; a `test`", "1|2"}
			if tt.r.RawQuery != "" {
				want.target += "?" + tt.r.RawQuery
			}
			if g := <-got; g != want {
				t.Errorf("%s\ngot  %+v\nwant %+v", command, g, want)
			}
		})
	}
}

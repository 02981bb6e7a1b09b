package replay

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcptools/placeholder"
)

// TestSend returns the exchange as it was sent and answered, and the same without secrets.
func TestSend(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Note", "fine")
		w.WriteHeader(http.StatusAccepted)
		w.Write(data)
	}))
	defer srv.Close()
	f := capturedFlow(srv.URL)
	f.Err, f.Took = "reset", time.Hour
	r := newRequest(t, f)
	must.Do(t, r.Apply(Changes{Method: "put"}))
	client := must.Get(egress.New(egress.Config{Named: []string{srv.URL}}))
	defer client.Close()
	began := time.Now()
	raw, shown, err := r.Send(t.Context(), client, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"password":"hunter2-hunter2","user":"ann"}`
	q, a := raw.Request, raw.Response
	if q.Method != "PUT" || q.URL() != srv.URL+"/login/%61?api_key=k-1234567890abcdef&page=1" || string(q.Body.Data) != body || q.Header.Get("Authorization") != "Bearer s3cr3t-token-value-123456" {
		t.Errorf("sent %s %s %v %s", q.Method, q.URL(), q.Header, q.Body.Data)
	}
	if raw.Source != flow.SourceReplay || !raw.Done || raw.Err != "" || raw.ID == f.ID || raw.Started.Before(began) || raw.Took <= 0 || raw.Took > time.Since(began) {
		t.Errorf("the flow is %+v", raw)
	}
	if a.Status != http.StatusAccepted || a.Header.Get("X-Note") != "fine" || string(a.Body.Data) != body || a.Body.Size != int64(len(body)) || a.Body.Truncated {
		t.Errorf("answered %+v", a)
	}
	if r.NotFollowed() != "" {
		t.Errorf("not followed: %s", r.NotFollowed())
	}
	if shown.ID != raw.ID || shown.Source != raw.Source || shown.Err != "" || shown.Took != raw.Took || !shown.Started.Equal(raw.Started) {
		t.Errorf("shown as %+v", shown)
	}
	if s := shown.Request; s.Method != "PUT" || s.Authority != f.Request.Authority || !strings.HasPrefix(s.RawQuery, "api_key=") {
		t.Errorf("shown as %s %s", s.Method, s.URL())
	}
	if s := shown.Response; s.Status != http.StatusAccepted || !strings.HasPrefix(string(s.Body.Data), `{"password":"[redacted:`) || s.Header.Get("X-Note") != "fine" {
		t.Errorf("the answer is shown as %+v %s", s, s.Body.Data)
	}
	for _, text := range []string{fmt.Sprint(shown.Request), fmt.Sprint(shown.Response), string(shown.Response.Body.Data)} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "s3cr3t") {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

// TestSendFails says why there is no answer, without secrets, and keeps what came of one.
func TestSendFails(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, b, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		switch r.Header.Get("X-How") {
		case "malformed":
			fmt.Fprintf(b, "HTTP/1.1 %s\r\n\r\n", r.Header.Get("Authorization"))
		case "nothing":
			fmt.Fprint(b, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
		case "part":
			fmt.Fprint(b, "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nthe beginning")
		}
		b.Flush()
	}))
	defer srv.Close()
	client := must.Get(egress.New(egress.Config{Named: []string{srv.URL}}))
	defer client.Close()
	for how, want := range map[string]string{
		"malformed": "no response: ", "nothing": "the response was cut off: unexpected EOF", "part": "",
	} {
		r := newRequest(t, capturedFlow(srv.URL))
		must.Do(t, r.Apply(Changes{Headers: `{"X-How":"` + how + `"}`}))
		raw, shown, err := r.Send(t.Context(), client, time.Minute)
		if want != "" {
			if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("%s: %v, want %s", how, err, want)
			}
			continue
		}
		if err != nil || string(raw.Response.Body.Data) != "the beginning" || !raw.Response.Body.Truncated || !shown.Response.Body.Truncated {
			t.Errorf("%s: %+v, %v", how, raw.Response, err)
		}
	}
}

// TestVariablesElsewhere sends the secret of a variable under any name if it is found again when it
// comes back, else only under its own.
func TestVariablesElsewhere(t *testing.T) {
	for _, secret := range []string{"hunter2"[:shortest-1], "hunter2hunter2"[:shortest]} {
		f := capturedFlow("http://a.example")
		f.Response.Header = flow.Header{{Name: "Set-Cookie", Value: "session=" + secret + "; Path=/"}}
		redactor := redact.New([]byte("k"), redact.Config{})
		redacted := redactor.Flow(f)
		mark := placeholder.Find(redacted.Response.Header.Get("Set-Cookie"))
		v := ExtractedVariable(mark, &f, &redacted)
		if v.Secrets[mark] != secret {
			t.Fatalf("the variable has %q, want %q", v.Secrets[mark], secret)
		}
		for name, want := range map[string]bool{"X-Any": len(secret) >= shortest, "Cookie": true} {
			r, err := New(capturedFlow("http://a.example"), []string{"http://a.example"}, redactor, map[string]Variable{"v": v})
			if err != nil {
				t.Fatal(err)
			}
			value := "$v"
			if name == "Cookie" {
				value = "session=$v"
			}
			if err := r.Apply(Changes{Headers: `{"` + name + `":"` + value + `"}`}); (err == nil) != want {
				t.Errorf("%q in %s: %v", secret, name, err)
			}
		}
	}
}

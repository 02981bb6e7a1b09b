package spectools

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestErrorStatus checks what a result says about each error status.
func TestErrorStatus(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL}), true)
	for _, tt := range []struct {
		status     int
		retryAfter string
		code       string
		reason     string
		advice     string
	}{
		{400, "", codeValidation, "did not accept", "correct the arguments"},
		{401, "", codeAuthentication, "missing", "this server's configuration"},
		{403, "", codeAuthorization, "do not allow", "refused too"},
		{404, "", codeNotFound, "does not exist", "Check the identifiers"},
		{409, "", codeValidation, "conflicts", "Read the current state"},
		{410, "", codeNotFound, "does not exist", "Check the identifiers"},
		{412, "", codeValidation, "conflicts", "Read the current state"},
		{422, "", codeValidation, "did not accept", "correct the arguments"},
		{429, "", codeServer, "too many calls", "Wait before calling again."},
		{429, "17", codeServer, "too many calls", "the API says when: 17."},
		{499, "", codeValidation, "did not accept", "correct the arguments"},
		{500, "", codeServer, "the API failed", "Try again later"},
		{503, "9", codeServer, "the API failed", "Try again later"},
	} {
		t.Run(fmt.Sprint(tt.status, tt.retryAfter), func(t *testing.T) {
			a.mu.Lock()
			a.answer = func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if tt.retryAfter != "" {
					w.Header().Set("Retry-After", tt.retryAfter)
				}
				w.WriteHeader(tt.status)
				io.WriteString(w, `{"why":"x"}`)
			}
			a.mu.Unlock()
			r := call(t, c, "getThing", `{"id__path":"1"}`)
			d := r.details()
			if !r.IsError || r.code() != tt.code || !strings.Contains(fmt.Sprint(d["reason"]), tt.reason) {
				t.Errorf("code %s, reason %v", r.code(), d["reason"])
			}
			e := r.Raw["error"].(map[string]any)
			if !strings.Contains(fmt.Sprint(e["suggestions"]), tt.advice) {
				t.Errorf("advice %v, want %s", e["suggestions"], tt.advice)
			}
			if want := strings.TrimSpace(fmt.Sprintf("the API answered %d %s", tt.status, http.StatusText(tt.status))); e["message"] != want {
				t.Errorf("message %q", e["message"])
			}
			if fmt.Sprint(d["status_code"], d["response"]) != fmt.Sprintf("%d map[why:x]", tt.status) {
				t.Errorf("details %v", d)
			}
			if m := d["metadata"].(map[string]any); m["size"] != 11.0 || m["retry_after"] != any(tt.retryAfter) && tt.retryAfter != "" {
				t.Errorf("metadata %v", m)
			}
		})
	}
}

// TestMetadata checks what a result says about the headers of an answer.
func TestMetadata(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		header http.Header
		want   string // location and links
	}{
		{"created", 201, http.Header{"Location": {"/things/7"}}, "/things/7 map[]"},
		{"redirect", 302, http.Header{"Location": {"https://b.example"}}, "https://b.example map[]"},
		{"ok", 200, http.Header{"Location": {"/x"}}, " map[]"},
		{"accepted", 202, http.Header{"Location": {"/x"}}, " map[]"},
		{"links", 200, http.Header{"Link": {`</2>; rel="next", </1>; title=a; REL=prev`, `<>;rel=first,</9>;rel="last"`}},
			" map[first: last:/9 next:/2 prev:/1]"},
		{"other links", 200, http.Header{"Link": {`</2>; rel=canonical, </3>, /4; rel=next, </5; rel=next, <; rel=next, ; rel=next`}}, " map[]"},
		{"long target", 200, http.Header{"Link": {"<" + strings.Repeat("x", 3000) + ">; rel=next"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := answer{resp: &http.Response{StatusCode: tt.status, Header: tt.header}, data: []byte("abc"), truncated: true}
			m := a.metadata(a.all())
			if got := fmt.Sprint(m.Location, " ", m.Links); got != tt.want && tt.want != "" {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if len(m.Links["next"]) > 2010 {
				t.Errorf("a link of %d bytes", len(m.Links["next"]))
			}
			if m.Size != 3 || !m.Truncated || m.StatusCode != tt.status {
				t.Errorf("metadata %+v", m)
			}
		})
	}
}

func TestTrimUTF8(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"ASCII", "abc", "abc"},
		{"whole character", "a€", "a€"},
		{"two bytes of three", "a\xe2\x82", "a"},
		{"three bytes of four", "a\xf0\x9f\x98", "a"},
		{"one byte", "\xf0", ""},
		{"empty", "", ""},
		{"no text", "\xff\xff\xff\xff\xff", "\xff\xff\xff\xff\xff"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(trimUTF8([]byte(tt.in))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestAnswerCache runs on a fake clock. It checks the bounds of the cache and who may read.
func TestAnswerCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c answerCache
		first := c.add("p", answer{data: []byte("1")})
		if a, ok := c.get("p", first); !ok || string(a.data) != "1" {
			t.Errorf("got %q, %v", a.data, ok)
		}
		if _, ok := c.get("q", first); ok {
			t.Error("another principal read it")
		}
		if _, ok := c.get("p", first+"x"); ok {
			t.Error("another identifier was accepted")
		}
		for range 15 {
			c.add("p", answer{})
		}
		if _, ok := c.get("p", first); !ok {
			t.Error("16 answers were not kept")
		}
		last := c.add("p", answer{})
		if _, ok := c.get("p", first); ok {
			t.Error("17 answers were kept")
		}
		time.Sleep(10*time.Minute - 1)
		if _, ok := c.get("p", last); !ok {
			t.Error("expired before 10 minutes")
		}
		time.Sleep(time.Nanosecond)
		if _, ok := c.get("p", last); ok {
			t.Error("not expired after 10 minutes")
		}
	})
}

// TestPartsOfText checks that parts split no characters, end, and that foreign offsets are refused.
func TestPartsOfText(t *testing.T) {
	resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"text/plain"}}}
	for _, tt := range []struct {
		name   string
		max    int
		data   string
		offset int
		want   string // as JSON
		next   int    // 0 for none
	}{
		{"whole", 5, "abcde", 0, `"abcde"`, 0},
		{"first", 4, "abcde", 0, `"abcd"`, 4},
		{"last", 4, "abcde", 4, `"e"`, 0},
		{"end", 4, "abcde", 5, `""`, 0},
		{"line", 10, "a line\nanother", 0, `"a line\n"`, 7},
		{"long line", 11, "a\nlong line", 0, `"a\nlong lin"`, 10},
		{"before a character", 4, "abc€d", 0, `"abc"`, 3},
		{"smaller than a character", 1, "😀😀", 0, `"😀"`, 4},
		{"bytes", 4, "\xff\x80\x80\x80\x80", 0, `"/4CAgA=="`, 4},
		{"inside a character", 4, "abc€d", 4, "", 0},
		{"beyond the end", 4, "abc", 4, "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := answer{resp: resp, data: []byte(tt.data)}
			p, err := a.read(t.Context(), "", tt.offset, tt.max)
			next := 0
			if len(p.cuts) > 0 {
				next = p.cuts[0].Offset
			}
			if string(p.data) != tt.want || next != tt.next || (err != nil) != (tt.want == "") {
				t.Errorf("got %s, next %d, %v", p.data, next, err)
			}
		})
	}
	if n := (&Set{}).maxResult(); n != 32<<10 {
		t.Errorf("by default, a result has %d bytes", n)
	}
}

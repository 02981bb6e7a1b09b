package egress

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// digestServer is a server that wants user and password "ann" and "s3cret: x" by the digest scheme.
type digestServer struct {
	challenges []string
	algorithm  func() hash.Hash
	seen       []string // the requests
	nonce      string
	answers    int // to it that were right
}

var digestField = regexp.MustCompile(`(\w+)=(?:"([^"]*)"|([^\s,]+))`)

func (s *digestServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	sent := r.Header.Get("Authorization")
	s.seen = append(s.seen, fmt.Sprintf("%s %s %q %q", r.Method, r.RequestURI, body, r.Header))
	f := map[string]string{}
	for _, m := range digestField.FindAllStringSubmatch(sent, -1) {
		f[m[1]] = m[2] + m[3]
	}
	sum := func(parts ...string) string {
		h := s.algorithm()
		io.WriteString(h, strings.Join(parts, ":"))
		return hex.EncodeToString(h.Sum(nil))
	}
	a2 := []string{r.Method, f["uri"]}
	if f["qop"] == "auth-int" {
		a2 = append(a2, sum(string(body)))
	}
	parts := []string{sum("ann", "shop", "s3cret: x"), f["nonce"], f["nc"], f["cnonce"], f["qop"], sum(a2...)}
	if f["qop"] == "" {
		parts = []string{parts[0], parts[1], parts[5]}
	}
	if !strings.HasPrefix(sent, "Digest ") || f["uri"] != r.RequestURI || f["nonce"] != s.nonce || f["response"] != sum(parts...) ||
		f["qop"] != "" && f["nc"] != fmt.Sprintf("%08x", s.answers+1) {
		w.Header()["Www-Authenticate"] = s.challenges
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	s.answers++
	w.Write(body)
}

// TestDigestScheme checks that the challenge of a server is answered with a hash (RFC 7616), also for a
// call that is sent once, that the next call answers it at once until the server has forgotten it,
// and that the password is never sent.
func TestDigestScheme(t *testing.T) {
	const password = "s3cret: x"
	for _, tt := range []struct {
		name, method, secret string
		algorithm            func() hash.Hash
		challenges           []string
		status, requests     int
	}{
		{"MD5", "GET", "ann:" + password, md5.New, []string{`Digest realm="shop", nonce="n1", qop="auth", opaque="o"`}, 200, 2},
		{"without qop", "GET", "ann:" + password, md5.New, []string{`Digest realm="shop", nonce="n1"`}, 200, 2},
		{"SHA-256, body", "POST", "ann:" + password, sha256.New, []string{`Digest realm="shop", nonce="n1", qop="auth", algorithm=SHA-256`}, 200, 2},
		{"body in the hash", "POST", "ann:" + password, sha256.New, []string{`Digest realm="shop", nonce="n1", qop="auth-int", algorithm=SHA-256`}, 200, 2},
		{"second of two", "GET", "ann:" + password, sha256.New, []string{`Basic realm="shop"`, `Digest realm="shop", nonce="n1", algorithm=SHA-256`}, 200, 2},
		{"wrong password", "GET", "ann:" + password + "y", md5.New, []string{`Digest realm="shop", nonce="n1", qop="auth"`}, 401, 2},
		{"unknown algorithm", "GET", "ann:" + password, md5.New, []string{`Digest realm="shop", nonce="n1", algorithm=ROT13`}, 401, 1},
		{"other scheme", "GET", "ann:" + password, md5.New, []string{`Basic realm="shop"`}, 401, 1},
	} {
		s := &digestServer{challenges: tt.challenges, algorithm: tt.algorithm, nonce: "n1"}
		srv := httptest.NewServer(s)
		c := Call{
			Method: tt.method, URL: parse(t, srv.URL+"/a%20b?q=1"), Once: tt.method == "POST", Header: []Pair{{"X-Kept", "1"}},
			Credentials: []Credential{{In: InDigest, Name: "Authorization", Value: tt.secret}},
		}
		if tt.method == "POST" {
			c.Body = []byte("the body")
		}
		cl := newClient(t, Config{Origins: []string{srv.URL}, AllowPrivate: true})
		resp := must.Get(cl.Do(t.Context(), c))
		body, _, err := ReadBody(resp)
		for i, asked := range []int{0, 0, 1} {
			if i == 2 {
				last := len(s.challenges) - 1
				s.challenges[last], s.nonce, s.answers = strings.Replace(s.challenges[last], "n1", "n2", 1), "n2", 0
			}
			before := len(s.seen)
			if more := must.Get(cl.Do(t.Context(), c)); tt.status == 200 && (more.StatusCode != 200 || len(s.seen) != before+1+asked) {
				t.Errorf("%s: %d requests of call %d, %s", tt.name, len(s.seen)-before, i, more.Status)
			}
			s.seen = s.seen[:before]
		}
		srv.Close()
		if err != nil || resp.StatusCode != tt.status || len(s.seen) != tt.requests || tt.status == 200 && string(body) != string(c.Body) {
			t.Errorf("%s: %s %q, %d requests, %v", tt.name, resp.Status, body, len(s.seen), err)
		}
		for _, seen := range s.seen {
			if strings.Contains(seen, "s3cret") || !strings.Contains(seen, "X-Kept") {
				t.Errorf("%s: sent %s", tt.name, seen)
			}
		}
		if sent, ok := DigestAnswer(resp); ok != (tt.requests == 2) || ok && !strings.Contains(s.seen[1], strings.ReplaceAll(sent.Value, `"`, `\"`)) {
			t.Errorf("%s: the answer to the challenge is %q", tt.name, sent.Value)
		}
	}
}

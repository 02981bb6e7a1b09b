package page

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/spectap/spectap/page/wire"
)

// launchTime is how long a token for the command line of a browser is valid.
const launchTime = time.Minute

// sessions holds the sessions of the page.
type sessions struct {
	origin string // http://127.0.0.1:PORT
	token  string // in the link of the person
	cookie string // the value that proves a session
	base   string // path of the session: /s-… without a slash at the end

	mu       sync.Mutex
	launches map[[sha256.Size]byte]time.Time // hashes of unused tokens, and their ends
}

func newSessions(addr net.Addr) *sessions {
	return &sessions{
		origin: "http://" + addr.String(), token: rand.Text(), cookie: rand.Text(), base: "/s-" + strings.ToLower(rand.Text()),
		launches: map[[sha256.Size]byte]time.Time{},
	}
}

func (s *sessions) url(token string) string { return s.origin + "/#token=" + token }

// launch returns a token for one session.
func (s *sessions) launch() string {
	token := rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.launches[sha256.Sum256([]byte(token))] = time.Now().Add(launchTime)
	return token
}

// admits reports whether a token opens a session. A token of launch opens one session only.
func (s *sessions) admits(token string) bool {
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(s.token))
	if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	end, ok := s.launches[got]
	delete(s.launches, got)
	return ok && time.Now().Before(end)
}

// cookieName is the name of the cookie.
const cookieName = "spectap"

// has reports whether a request belongs to a session: it has the secret path and the cookie.
func (s *sessions) has(r *http.Request) bool {
	if _, ok := s.cut(r.URL.Path); !ok {
		return false
	}
	c := r.CookiesNamed(cookieName)
	if len(c) != 1 {
		return false
	}
	got, want := sha256.Sum256([]byte(c[0].Value)), sha256.Sum256([]byte(s.cookie))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// cut removes the session prefix from a path. inside reports whether the path had it.
func (s *sessions) cut(path string) (rest string, inside bool) {
	n := len(s.base)
	if len(path) > n && subtle.ConstantTimeCompare([]byte(path[:n]), []byte(s.base)) == 1 && path[n] == '/' {
		return path[n:], true
	}
	return path, false
}

// signIn exchanges a token for the cookie and the path of the session.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodPost || !isJSON(r) {
		s.refuse(w, r, http.StatusMethodNotAllowed, "a session begins with a POST of JSON by the page")
		return
	}
	var in struct {
		Token string `json:"token"`
	}
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<10))
	if err != nil || json.Unmarshal(data, &in) != nil || !s.sessions.admits(in.Token) {
		s.refuse(w, r, http.StatusUnauthorized, "the token is not valid: open the link that spectap printed")
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: s.sessions.cookie, Path: s.sessions.base + "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	w.Header().Set("Content-Type", "application/json")
	wire.Encode(w, struct {
		Base string `json:"base"`
	}{s.sessions.base + "/"})
}

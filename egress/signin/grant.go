package signin

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/egress/token"
	"github.com/spectap/spectap/internal/safefile"
)

// Shown is what may be shown of a grant.
type Shown struct {
	Server   string    `json:"server"`           // as by [Canonical]: what the tokens are for
	Issuer   string    `json:"issuer,omitempty"` // "" if it has no metadata
	ClientID string    `json:"client_id"`
	Scopes   []string  `json:"scopes,omitempty"`
	SignedIn time.Time `json:"signed_in"`
	Expires  time.Time `json:"expires,omitzero"` // of the access token
	Renews   bool      `json:"renews"`           // there is a refresh token
}

// Grant is what a person granted by signing in, with its tokens. Printing it prints no secret.
type Grant struct {
	Shown
	TokenURL      string    `json:"token_url"`
	RevocationURL string    `json:"revocation_url,omitempty"`
	Typed         []string  `json:"typed,omitempty"` // URLs that a person typed
	Resource      string    `json:"resource,omitempty"`
	Secret        string    `json:"client_secret,omitempty"`
	InBody        bool      `json:"secret_in_body,omitempty"`
	Access        string    `json:"access_token"`
	Refresh       string    `json:"refresh_token,omitempty"`
	Begun         time.Time `json:"begun"` // when Access was issued
}

// String leaves the secrets out.
func (g Grant) String() string { return "sign-in at " + g.Server }

// GoString leaves the secrets out.
func (g Grant) GoString() string { return g.String() }

// take sets the tokens of an answer. An issuer may keep the refresh token.
func (g *Grant) take(a token.Answer) {
	g.Access, g.Expires, g.Begun = a.Value, a.Expires, time.Now().UTC()
	g.Refresh = cmp.Or(a.Refresh, g.Refresh)
	g.Renews = g.Refresh != ""
	if a.Scope != "" {
		g.Scopes = strings.Fields(a.Scope)
	}
}

// request asks the issuer for tokens.
func (g *Grant) request(ctx context.Context, w *token.Wire, form url.Values) (token.Answer, error) {
	token.AskFor(form, nil, g.Resource)
	asked := time.Now().UTC()
	status, body, err := g.post(ctx, w, g.TokenURL, form)
	if err != nil {
		return token.Answer{}, err
	}
	return token.ReadAnswer(status, body, asked)
}

// post sends a form to the issuer.
func (g *Grant) post(ctx context.Context, w *token.Wire, at string, form url.Values) (status int, body []byte, err error) {
	return w.Post(ctx, at, form, g.ClientID, g.Secret, g.InBody || g.Secret == "")
}

// Canonical returns a URL as grants name servers, or "": its origin as by [egress.Origin], and its
// path without a slash at the end. User, query and fragment do not select a resource.
func Canonical(server string) string {
	u, err := url.Parse(server)
	if err != nil {
		return ""
	}
	u.User = nil
	origin, err := egress.Origin(u)
	if err != nil {
		return ""
	}
	return origin + strings.TrimSuffix(u.EscapedPath(), "/")
}

// Store keeps grants in a folder, one file each. Several processes may use it.
type Store struct {
	Folder    string
	UserAgent string
}

// wire returns what sends requests to the issuer of a grant.
func (s *Store) wire(g *Grant) *token.Wire {
	return &token.Wire{Typed: g.Typed, UserAgent: s.UserAgent}
}

// maxFile bounds a file, in bytes.
const maxFile = 1 << 20

// file returns the file of a grant. There is one for each server and issuer.
func (s *Store) file(g *Grant) *safefile.Shared[Grant] {
	sum := sha256.Sum256([]byte(g.Server + "\n" + g.by()))
	return s.open(hex.EncodeToString(sum[:16]) + ".json")
}

func (s *Store) open(name string) *safefile.Shared[Grant] {
	return &safefile.Shared[Grant]{
		Path: filepath.Join(s.Folder, name), Max: maxFile, New: func() *Grant { return new(Grant) }, Check: func(*Grant) error { return nil },
	}
}

// List returns the grants by server, and of one server the newest first. Its error is about files
// that cannot be read.
func (s *Store) List() (all []Grant, err error) {
	names, _ := fs.Glob(os.DirFS(s.Folder), "*.json") // the pattern is valid
	for _, name := range names {
		g, unread := s.open(name).Read()
		if unread != nil {
			err = errors.Join(err, fmt.Errorf("read the tokens: %w", unread))
		} else if g.Access != "" && s.file(g).Path == filepath.Join(s.Folder, name) { // neither signed out nor a copy
			all = append(all, *g)
		}
	}
	slices.SortFunc(all, func(a, b Grant) int {
		return cmp.Or(strings.Compare(a.Server, b.Server), b.SignedIn.Compare(a.SignedIn))
	})
	return all, err
}

// by returns who issues the tokens.
func (g *Grant) by() string { return strings.TrimSuffix(cmp.Or(g.Issuer, g.TokenURL), "/") }

// Find returns the newest grant for a server by an issuer or a token URL, "" for all, or nil.
func (s *Store) Find(server, by string) (*Grant, error) {
	all, err := s.List()
	server = Canonical(server)
	for i := range all {
		if g := &all[i]; g.Server == server && (by == "" || g.by() == strings.TrimSuffix(by, "/")) {
			return g, nil
		}
	}
	return nil, err
}

// SignOut removes the tokens of a grant. The issuer is asked to revoke them (RFC 7009); the error
// says that it did not.
func (s *Store) SignOut(ctx context.Context, g *Grant) error {
	var last Grant
	f := s.file(g)
	// An empty file tells a process that is about to renew the tokens.
	err := f.Update(func(g *Grant) error { last, *g = *g, Grant{}; return nil })
	if err == nil {
		err = os.Remove(f.Path)
	}
	if err != nil {
		return fmt.Errorf("remove the tokens: %w", err)
	}
	for _, value := range []string{last.Refresh, last.Access} {
		if value == "" || last.RevocationURL == "" {
			continue
		}
		status, _, err := last.post(ctx, s.wire(&last), last.RevocationURL, url.Values{"token": {value}})
		if err == nil && status >= 300 {
			err = &token.RefusalError{Status: status}
		}
		if err != nil {
			return fmt.Errorf("the tokens are removed here, but not revoked: %w", err)
		}
	}
	return nil
}

// Errors that a person can mend.
var (
	// ErrNoIssuer is the error of a server that names no issuer.
	ErrNoIssuer = errors.New("it names none, and has no metadata of an issuer itself")
	// ErrNoClient is the error of an issuer that registers no clients.
	ErrNoClient = errors.New("it registers no clients by itself")
	// ErrSecret is the error of an issuer that could take a client's secret.
	ErrSecret = errors.New("only the server names it, and it would get the client's secret")
)

// MissingError is the error of a server without a token that can be used.
type MissingError struct {
	Server string
	Why    error // nil if nobody signed in
}

func (e *MissingError) Error() string {
	text := "nobody is signed in for " + Origin(e.Server)
	if e.Why != nil {
		text = fmt.Sprintf("the sign-in for %s is no longer valid (%v)", Origin(e.Server), e.Why)
	}
	return text + ": a person signs in with spectap auth login"
}

// Source is a [token.Source] of the tokens for a server.
type Source struct {
	Store  *Store
	Server string
	By     string // as for [Store.Find]

	refused string // by the server
	last    atomic.Pointer[Grant]
}

// Grant returns the grant, or nil if nobody is signed in.
func (s *Source) Grant() (*Grant, error) { return s.Store.Find(s.Server, s.By) }

// Obtain returns the kept token, or renews it first. Processes do so one after the other, because
// many issuers end a sign-in if a refresh token comes twice.
func (s *Source) Obtain(ctx context.Context) (string, time.Time, error) {
	g, err := s.Grant()
	if err == nil && g == nil {
		err = &MissingError{Server: Canonical(s.Server)}
	}
	if err != nil {
		return "", time.Time{}, err
	}
	if !s.isUsable(g) {
		var why error
		err = s.Store.file(g).Update(func(kept *Grant) error {
			*g = *kept
			switch {
			case g.Access == "": // another process has removed it
				return &MissingError{Server: Canonical(s.Server)}
			case s.isUsable(g): // it has renewed it
				return nil
			}
			if why = s.Store.renew(ctx, g, g.Access == s.refused); why != nil && g.Renews {
				return why
			}
			*kept = *g
			return nil
		})
		err = cmp.Or(err, why)
	}
	s.last.Store(g)
	if err != nil && (g.Access == s.refused || !time.Now().Before(g.Expires)) {
		return "", time.Time{}, err
	}
	return g.Access, g.Expires, nil
}

// isUsable reports whether an access token need not be replaced yet.
func (s *Source) isUsable(g *Grant) bool {
	end := g.Expires.Add(-token.Margin(g.Expires.Sub(g.Begun)))
	return g.Access != s.refused && (g.Expires.IsZero() || time.Now().Before(end))
}

// leastLife is how old an access token that the server refuses must be before it is renewed.
const leastLife = 10 * time.Second

// renew gets other tokens with the refresh token. It goes on if ctx ends: the issuer may have
// replaced the refresh token.
func (s *Store) renew(ctx context.Context, g *Grant, refused bool) error {
	missing := &MissingError{Server: g.Server, Why: errors.New("its token has expired")}
	if refused {
		missing.Why = errors.New("the server refuses its token")
	}
	if g.Refresh == "" || refused && time.Since(g.Begun) < leastLife {
		return missing
	}
	got, err := g.request(context.WithoutCancel(ctx), s.wire(g), url.Values{"grant_type": {"refresh_token"}, "refresh_token": {g.Refresh}})
	if refusal, ok := errors.AsType[*token.RefusalError](err); ok && refusal.Status < 500 && refusal.Status != http.StatusTooManyRequests {
		if missing.Why = err; refusal.Code == "invalid_grant" {
			g.Refresh, g.Renews = "", false // the issuer has ended the sign-in
		}
		return missing
	}
	if err != nil {
		return fmt.Errorf("renew the token for %s: %w", g.Server, err)
	}
	g.take(got)
	return nil
}

// Refuse implements [token.Refuser].
func (s *Source) Refuse(value string) { s.refused = value }

// Secrets returns the secrets of the grant that was used last.
func (s *Source) Secrets() []string {
	g := s.last.Load()
	if g == nil {
		return nil
	}
	return []string{g.Refresh, g.Secret}
}

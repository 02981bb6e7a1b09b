// Package grant keeps the grants of a gateway: who may use it. A grant is a name with a token,
// which its holder sends with each request. A token is shown once, when it is made; a [Book] keeps
// keyed hashes of tokens in a file that several processes may read and change. A grant may have
// claims instead of a token: it then matches all access tokens of an OAuth issuer that have the
// claims.
//
// Read grant.go first.
package grant

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spectap/spectap/guard/book"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/internal/safefile"
	"github.com/spectap/spectap/internal/visible"
)

// Grant is the permission to use a gateway.
type Grant struct {
	// Name is 1 to 64 letters, digits, dots, dashes and underscores. Policies identify the holder
	// by it.
	Name string `json:"name"`
	// ID is random. It stays when the token is replaced, and differs from that of a later grant of
	// the same name.
	ID string `json:"id,omitempty"`
	// Hash is the HMAC-SHA-256 of the token, in hex. It changes with the token. A grant with claims
	// has the hash of a token that nobody knows.
	Hash string `json:"hash"`
	// Claims, unless empty, are the claims that an access token of an OAuth issuer must have, all
	// of them.
	Claims []Claim `json:"claims,omitempty"`
	// Policy is the absolute path of the policy for this grant; "" means the gateway's policy.
	Policy string `json:"policy,omitempty"`
	// Servers are the servers that may be used. Each is identified by its URL, or by its shortened
	// command line with a hash. An empty list means all.
	Servers []string `json:"servers,omitempty"`
	// Tools are patterns of the tools that may be called, in addition to the policy. An empty list
	// means all.
	Tools []string `json:"tools,omitempty"`
	// Created is when the token was made.
	Created time.Time `json:"created"`
	// Expires is when the token stops being accepted; zero means never.
	Expires time.Time `json:"expires,omitzero"`
	// Ended means that the expiry of the token was noticed. Setting the clock back does not revive
	// it.
	Ended bool `json:"ended,omitempty"`
}

// IsExpired reports whether the token has expired.
func (g *Grant) IsExpired(now time.Time) bool {
	return g.Ended || !g.Expires.IsZero() && !now.Before(g.Expires)
}

// Version returns a text that changes with everything that the grant allows, and with its token. It
// does not reveal the hash.
func (g *Grant) Version() string {
	data, _ := json.Marshal([]any{g.Hash, g.Claims, g.Policy, g.Servers, g.Tools, g.Expires.Unix()}) // all of it can be encoded
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// Claim is a condition on an access token: the claim Name is Value, or a list that contains it.
type Claim struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The errors of [Book.Authenticate] and of the names of grants.
var (
	ErrUnknown = errors.New("the token belongs to no grant")
	ErrExpired = errors.New("the grant has expired")
	ErrNoGrant = errors.New("there is no such grant")
	ErrExists  = errors.New("there is such a grant already")
	// ErrName and ErrTools refuse an invalid name and invalid patterns of tools.
	ErrName  = errors.New("a name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit")
	ErrTools = errors.New("a pattern of tools is empty")
	// ErrLookalike means that people could confuse two grants.
	ErrLookalike = errors.New("the name looks like that of another grant")
	ErrClaims    = errors.New("the access token fits no grant")
	// ErrNoToken means that a grant is for access tokens and has no token of its own to replace.
	ErrNoToken = errors.New("the grant is for access tokens of an OAuth issuer, and has no token of its own")
)

// Prefix begins each token, so that secret scanners can find leaked ones.
const Prefix = "spectap_"

// Book holds grants. Its methods are safe for concurrent use.
type Book struct {
	// By names the person who changes grants, for the history. Set it before the first change.
	By string

	file book.Book[content]
}

// content is the format of the file.
type content struct {
	Version int      `json:"version"`
	Key     []byte   `json:"key"` // of the hashes
	Grants  []*Grant `json:"grants"`
	// History has the changes of grants, for audits.
	History book.History `json:"history,omitempty"`
}

// The bounds of a file.
const (
	format    = 1
	maxFile   = 4 << 20
	maxGrants = 1000
	keyLen    = 32
)

// Open returns the book that a file keeps. The file is created with the first grant, with mode
// 0600. The book follows changes that other processes make.
func Open(path string) (*Book, error) {
	b := &Book{file: book.Book[content]{What: "grants", File: safefile.Shared[content]{Path: path, Max: maxFile, New: newContent, Check: (*content).check}}}
	_, err := b.List()
	return b, err
}

func newContent() *content {
	c := &content{Version: format, Key: make([]byte, keyLen)}
	rand.Read(c.Key) // never fails
	return c
}

var nameRE = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (c *content) check() error {
	if c.Version != format || len(c.Key) != keyLen {
		return fmt.Errorf("it is not a file of grants in version %d of the format", format)
	}
	names := map[string]bool{}
	for _, g := range c.Grants {
		if g == nil || !nameRE.MatchString(g.Name) || names[g.Name] || len(g.Hash) != 2*sha256.Size {
			return errors.New("a grant has no valid name, no hash, or the name of another")
		}
		names[g.Name] = true
		if err := errors.Join(checkTools(g.Tools), checkClaims(g.Claims)); err != nil {
			return fmt.Errorf("the grant %s: %w", g.Name, err)
		}
	}
	return nil
}

func checkTools(patterns []string) error {
	if slices.Contains(patterns, "") {
		return ErrTools
	}
	return nil
}

func checkClaims(claims []Claim) error {
	if slices.ContainsFunc(claims, func(c Claim) bool { return c.Name == "" || c.Value == "" }) {
		return errors.New("a claim has no name or no value")
	}
	return nil
}

// hash returns the keyed hash of a token.
func (c *content) hash(token string) string {
	m := hmac.New(sha256.New, c.Key)
	m.Write([]byte(token))
	return hex.EncodeToString(m.Sum(nil))
}

func (c *content) find(name string) *Grant {
	i := slices.IndexFunc(c.Grants, func(g *Grant) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return c.Grants[i]
}

func newToken() string { return Prefix + rand.Text() }

// Add makes a grant and returns its token, which cannot be retrieved later, or "" for a grant with
// claims. The id, the hash and the time of g are set.
func (b *Book) Add(g Grant, now time.Time) (token string, err error) {
	if !nameRE.MatchString(g.Name) {
		return "", fmt.Errorf("add the grant %q: %w", g.Name, ErrName)
	}
	if err := errors.Join(checkTools(g.Tools), checkClaims(g.Claims)); err != nil {
		return "", fmt.Errorf("add the grant %s: %w", g.Name, err)
	}
	token = newToken()
	err = b.update("add", g.Name, func(c *content) error {
		switch {
		case c.find(g.Name) != nil:
			return ErrExists
		case c.like(g.Name) != "":
			return fmt.Errorf("%w: %s", ErrLookalike, c.like(g.Name))
		case len(c.Grants) >= maxGrants:
			return fmt.Errorf("there are %d grants already", maxGrants)
		}
		g.ID, g.Hash, g.Created, g.Ended = rand.Text(), c.hash(token), now.UTC(), false
		c.Grants = append(c.Grants, &g)
		slices.SortFunc(c.Grants, func(a, b *Grant) int { return strings.Compare(a.Name, b.Name) })
		b.note(c, "added", g.Name, now)
		return nil
	})
	if len(g.Claims) > 0 {
		token = ""
	}
	return token, err
}

// Rotate replaces the token of a grant. The old token is refused from now on. If the token expires,
// its lifetime starts anew with the same duration.
func (b *Book) Rotate(name string, now time.Time) (token string, err error) {
	token = newToken()
	return token, b.update("rotate", name, func(c *content) error {
		g := c.find(name)
		switch {
		case g == nil:
			return ErrNoGrant
		case len(g.Claims) > 0:
			return ErrNoToken
		}
		if !g.Expires.IsZero() {
			g.Expires = now.UTC().Add(g.Expires.Sub(g.Created))
		}
		g.Hash, g.Created, g.Ended = c.hash(token), now.UTC(), false
		b.note(c, "rotated", name, now)
		return nil
	})
}

// Revoke removes a grant.
func (b *Book) Revoke(name string, now time.Time) error {
	return b.update("revoke", name, func(c *content) error {
		if c.find(name) == nil {
			return ErrNoGrant
		}
		c.Grants = slices.DeleteFunc(c.Grants, func(g *Grant) bool { return g.Name == name })
		b.note(c, "revoked", name, now)
		return nil
	})
}

// like returns a grant whose name looks like another one, or "". People decide on calls, and read
// audits, by names.
func (c *content) like(name string) string {
	skeleton := visible.Skeleton(name)
	for _, g := range c.Grants {
		if visible.Skeleton(g.Name) == skeleton {
			return g.Name
		}
	}
	return ""
}

// note adds a change of a grant to the history.
func (b *Book) note(c *content, what, name string, now time.Time) {
	c.History.Add(book.Change{At: now, What: what, Name: name, By: b.By})
}

// History returns the changes of grants from a time on.
func (b *Book) History(since time.Time) (all []book.Change, err error) {
	err = b.file.Look(func(c *content) { all = c.History.Since(since) })
	return all, err
}

func (b *Book) update(what, name string, edit func(*content) error) error {
	if err := b.file.Change(edit); err != nil {
		return fmt.Errorf("%s the grant %s: %w", what, name, err)
	}
	return nil
}

// List returns all grants, sorted by name.
func (b *Book) List() (all []Grant, err error) {
	err = b.file.Look(func(c *content) {
		for _, g := range c.Grants {
			all = append(all, *g)
		}
	})
	return all, err
}

// Authenticate returns the grant of a token: [ErrUnknown] or [ErrExpired] without a valid one. The
// time that it takes does not depend on how much of the token is correct.
func (b *Book) Authenticate(token string, now time.Time) (Grant, error) {
	return b.find(now, ErrUnknown, func(c *content) (found *Grant) {
		sum := []byte(c.hash(token))
		for _, g := range c.Grants {
			if hmac.Equal([]byte(g.Hash), sum) && len(g.Claims) == 0 {
				found = g
			}
		}
		return found
	})
}

// Fitting returns the grant for an access token. fits reports whether the token has all of some
// claims. If several grants match, Fitting returns the one with the most claims, and of those the
// first by name. The error is [ErrClaims] if none matches, and [ErrExpired] if that grant has
// expired, since the others may allow more.
func (b *Book) Fitting(fits func([]Claim) bool, now time.Time) (Grant, error) {
	return b.find(now, ErrClaims, func(c *content) (found *Grant) {
		for _, g := range c.Grants { // sorted by name
			if len(g.Claims) > 0 && (found == nil || len(g.Claims) > len(found.Claims)) && fits(g.Claims) {
				found = g
			}
		}
		return found
	})
}

// Named returns the grant of a name, for a client that needs no token because it starts the gateway
// itself.
func (b *Book) Named(name string, now time.Time) (Grant, error) {
	return b.find(now, fmt.Errorf("%s: %w", name, ErrNoGrant), func(c *content) *Grant { return c.find(name) })
}

// find returns the grant that in selects, or the error in none.
func (b *Book) find(now time.Time, none error, in func(*content) *Grant) (Grant, error) {
	var found *Grant
	err := b.file.Look(func(c *content) {
		if g := in(c); g != nil {
			found = new(*g)
		}
	})
	switch {
	case err != nil:
		return Grant{}, err
	case found == nil:
		return Grant{}, none
	}
	return b.current(found, now)
}

// current returns g unless it has expired, which is recorded in the file.
func (b *Book) current(g *Grant, now time.Time) (Grant, error) {
	if !g.IsExpired(now) {
		return *g, nil
	}
	if !g.Ended {
		name, hash := g.Name, g.Hash
		err := b.file.Change(func(c *content) error {
			if g := c.find(name); g != nil && g.Hash == hash && !g.Ended {
				g.Ended = true
				c.History.Add(book.Change{At: now, What: "expired", Name: name})
			}
			return nil
		})
		if err != nil {
			return Grant{}, errors.Join(ErrExpired, err)
		}
	}
	return Grant{}, ErrExpired
}

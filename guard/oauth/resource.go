package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Resource is a service that accepts the tokens of issuers.
type Resource struct {
	// URL is the URL at which clients reach it.
	URL string
	// Issuers are the issuers of its tokens, the preferred one first.
	Issuers []string
	// Scopes are the scopes that clients request.
	Scopes []string

	only string // the issuer of [Resource.Only], or ""
}

// NewResource returns a resource. Clients refuse a resource whose URL differs from the one that
// they use.
func NewResource(address string, issuers, scopes []string) (*Resource, error) {
	if err := CheckURL(address); err != nil {
		return nil, fmt.Errorf("the URL of the resource: %w", err)
	}
	u, _ := url.Parse(address) // it was just parsed
	if u.RawQuery != "" || strings.Contains(address, "#") || strings.ContainsAny(address, "\"\\ {}") {
		return nil, errors.New("the URL of the resource has a query, a fragment or a character that must be escaped")
	}
	return &Resource{URL: address, Issuers: issuers, Scopes: scopes}, nil
}

// With returns the resource with additional scopes.
func (r *Resource) With(scopes []string) *Resource {
	more := *r
	for _, s := range scopes {
		if !slices.Contains(more.Scopes, s) {
			more.Scopes = append(slices.Clip(more.Scopes), s)
		}
	}
	return &more
}

// Only returns the resource with one issuer, for the holders of its tokens: clients sign in at the
// first issuer that the metadata names.
func (r *Resource) Only(issuer string) *Resource {
	if len(r.Issuers) < 2 || !slices.Contains(r.Issuers, issuer) {
		return r
	}
	one := *r
	one.Issuers, one.only = []string{issuer}, issuer
	return &one
}

// IssuerParameter is the query parameter of [Resource.MetadataURL] that names an issuer.
const IssuerParameter = "issuer"

// wellKnown is the path of the metadata of resources (RFC 9728, section 3).
const wellKnown = "/.well-known/oauth-protected-resource"

// Paths returns the paths of the metadata: the one that ends with the path of the resource, and the
// one without it, which clients try next.
func (r *Resource) Paths() []string {
	u, _ := url.Parse(r.URL)
	if path := strings.TrimSuffix(u.EscapedPath(), "/"); path != "" {
		return []string{wellKnown + path, wellKnown}
	}
	return []string{wellKnown}
}

// MetadataURL returns the URL of the resource's metadata. For one of several issuers it has a
// query.
func (r *Resource) MetadataURL() string {
	u, _ := url.Parse(r.URL)
	address := u.Scheme + "://" + u.Host + r.Paths()[0]
	if r.only != "" {
		address += "?" + url.Values{IssuerParameter: {r.only}}.Encode()
	}
	return address
}

// Metadata returns the metadata of the resource (RFC 9728, section 2).
func (r *Resource) Metadata() []byte {
	data, _ := json.Marshal(struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
		Scopes   []string `json:"scopes_supported,omitempty"`
		Methods  []string `json:"bearer_methods_supported"`
	}{r.URL, r.Issuers, r.Scopes, []string{"header"}})
	return data // strings can always be encoded
}

// Challenge returns the WWW-Authenticate header of a refusal, from which a client learns where to
// get a token (RFC 9728, section 5.1; RFC 6750, section 3). problem is "" if no token was sent.
func (r *Resource) Challenge(problem, description string) string {
	var b strings.Builder
	b.WriteString("Bearer ")
	if problem != "" {
		fmt.Fprintf(&b, `error="%s", error_description="%s", `, problem, quotable(description))
	}
	fmt.Fprintf(&b, `resource_metadata="%s"`, r.MetadataURL())
	if len(r.Scopes) > 0 {
		fmt.Fprintf(&b, `, scope="%s"`, strings.Join(r.Scopes, " "))
	}
	return b.String()
}

// quotable returns a text without the characters that a description must not have (RFC 6750,
// section 3).
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, s)
}

// The problems of [Resource.Challenge].
const (
	InvalidRequest    = "invalid_request"
	InvalidToken      = "invalid_token"
	InsufficientScope = "insufficient_scope"
)

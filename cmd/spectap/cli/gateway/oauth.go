package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
	"github.com/spectap/spectap/cmd/spectap/cli/flagset"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/grant"
	"github.com/spectap/spectap/guard/oauth"
	"github.com/spectap/spectap/internal/lazyregexp"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/handler"
)

// OAuthFlags set which access tokens the gateway accepts.
type OAuthFlags struct {
	audience, resource                        string
	Issuers, Keys, scopes, claims, algorithms []string
	anyType                                   bool
}

func (f *OAuthFlags) register(cmd *cobra.Command) {
	fl := cmd.Flags()
	defer cli.Under(fl, cli.HeadAdmitted)()
	fl.StringArrayVar(&f.Issuers, "oauth-issuer", nil,
		"with --http: admit the holders of access tokens of the OAuth issuer with this `URL`; several are written NAME=URL, and policies read identity.NAME (repeatable)")
	fl.StringVar(&f.audience, "oauth-audience", "", "with --oauth-issuer: the `audience` of the tokens (default: that of --oauth-resource)")
	fl.StringVar(&f.resource, "oauth-resource", "",
		"with --oauth-issuer: the `URL` by which clients reach the gateway (default: the address it listens on)")
	fl.StringArrayVar(&f.scopes, "oauth-scope", nil, "with --oauth-issuer: refuse tokens that do not grant this `scope` (repeatable)")
	fl.StringArrayVar(&f.claims, "oauth-claim", nil, "with --oauth-issuer: let policies read the claim of this `name` (repeatable)")
	fl.StringArrayVar(&f.Keys, "oauth-keys", nil,
		"with --oauth-issuer: the `URL` of the issuer's keys, or NAME=URL for one with a name (repeatable; default: that in its metadata)")
	fl.StringArrayVar(&f.algorithms, "oauth-algorithm", nil,
		"with --oauth-issuer: accept signatures of this `algorithm`, such as ES256 (repeatable; default: those with public keys)")
	fl.BoolVar(&f.anyType, "oauth-any-type", false,
		"with --oauth-issuer: accept tokens whose type is not at+jwt, of an issuer that does not follow RFC 9068")
}

func (f *OAuthFlags) check(cmd *cobra.Command) error {
	const flags = "oauth-audience oauth-resource oauth-scope oauth-claim oauth-keys oauth-algorithm oauth-any-type"
	if err := flagset.Check(cmd, flagset.Need(flags, "oauth-issuer", "")); err != nil || len(f.Issuers) == 0 {
		return err
	}
	if err := flagset.Check(cmd, flagset.Need("oauth-issuer", "http", "a client on stdio sends no token"),
		flagset.Exclude("token-file no-token", "oauth-issuer", "clients send tokens of the issuer"),
		flagset.Exclude("identity", "oauth-issuer", "the token says who the client is")); err != nil {
		return err
	}
	if _, err := f.Named(); err != nil {
		return cli.Usagef(cmd, "%w", err)
	}
	return nil
}

// NamedIssuer is an issuer with its name from the flags.
type NamedIssuer struct{ name, URL, Keys string } // name and keys may be ""

// issuerName matches valid names of issuers, which become members of identities.
var issuerName = lazyregexp.New(`^[a-z][a-z0-9_]{0,31}$`)

// identityMembers are reserved members, which cannot be names of issuers.
var identityMembers = []string{"name", memberIssuer, "subject", "client", "scopes", "claims", memberGrant, enforce.GrantID, memberToken}

// Named returns the issuers of the flags.
func (f *OAuthFlags) Named() ([]NamedIssuer, error) {
	var all []NamedIssuer
	for _, text := range f.Issuers {
		i := splitIssuer(text)
		switch same := func(o NamedIssuer) bool { return o.name == i.name || o.URL == i.URL }; {
		case i.name == "" && len(f.Issuers) > 1:
			return nil, fmt.Errorf("--oauth-issuer %s: several issuers have names: write NAME=URL, as in corp=https://login.example.com", text)
		case i.name != "" && !issuerName.MatchString(i.name) || slices.Contains(identityMembers, i.name):
			return nil, fmt.Errorf("--oauth-issuer %s: a name has lower-case letters, digits and underscores, and is none of %s", text, strings.Join(identityMembers, ", "))
		case slices.ContainsFunc(all, same):
			return nil, fmt.Errorf("--oauth-issuer %s: another issuer has the same name or URL", text)
		}
		if err := oauth.CheckURL(i.URL); err != nil {
			return nil, cli.WithHint(fmt.Errorf("--oauth-issuer %s: %w", text, err), "--oauth-issuer https://HOST")
		}
		all = append(all, i)
	}
	for _, text := range f.Keys {
		k := splitIssuer(text)
		at := slices.IndexFunc(all, func(i NamedIssuer) bool { return i.name == k.name })
		if at < 0 || all[at].Keys != "" {
			return nil, fmt.Errorf("--oauth-keys %s: write NAME=URL with the name of an issuer, once for each", text)
		}
		all[at].Keys = k.URL
	}
	return all, nil
}

// splitIssuer splits NAME=URL. A URL without a name may also contain "=".
func splitIssuer(text string) NamedIssuer {
	if name, address, ok := strings.Cut(text, "="); ok && !strings.ContainsAny(name, ":/") {
		return NamedIssuer{name: name, URL: address}
	}
	return NamedIssuer{URL: text}
}

// tokenIssuers admit the holders of access tokens.
type tokenIssuers struct {
	verifiers oauth.Issuers
	names     map[string]string // of the issuers that have a name, by URL
	resource  *oauth.Resource
	claims    []string // that policies may read
}

// newTokenIssuers returns the issuers of --oauth-issuer. The resource is that of --oauth-resource,
// or else the address at which clients reach the gateway.
func (f *OAuthFlags) newTokenIssuers(address string, log *slog.Logger) (*tokenIssuers, error) {
	if f.resource != "" {
		address = f.resource
	}
	all, err := f.Named()
	if err != nil {
		return nil, err
	}
	i := &tokenIssuers{names: map[string]string{}, claims: f.claims}
	var urls []string
	for _, issuer := range all {
		urls = append(urls, issuer.URL)
		i.names[issuer.URL] = issuer.name
	}
	if i.resource, err = oauth.NewResource(address, urls, f.scopes); err != nil {
		return nil, cli.WithHint(err, "spectap gateway … --oauth-resource https://mcp.example.com/mcp   # the URL that clients use")
	}
	for _, issuer := range all {
		v, err := oauth.New(oauth.Config{
			Issuer: issuer.URL, Audience: cmp.Or(f.audience, address), Scopes: f.scopes, Algorithms: f.algorithms, AnyType: f.anyType,
			KeysURL: issuer.Keys, Fetch: IssuerDocuments(issuer.URL, issuer.Keys), Log: log,
		})
		if err != nil {
			return nil, err
		}
		i.verifiers = append(i.verifiers, v)
	}
	return i, nil
}

// documentMax bounds the documents of an issuer, in bytes.
const documentMax = 1 << 20

// DocumentTime bounds the time of fetching one. Tests shorten it.
var DocumentTime = 5 * time.Second

// IssuerDocuments returns the client that fetches the metadata and keys of an issuer. URLs typed by
// a person may lead to any address, URLs from a document only to public addresses.
func IssuerDocuments(typed ...string) oauth.Fetch {
	typed = slices.DeleteFunc(typed, func(u string) bool { return u == "" })
	return func(ctx context.Context, address string) ([]byte, error) {
		u, err := url.Parse(address)
		if err != nil {
			return nil, errors.New("it is no URL")
		}
		return cli.Fetch(ctx, u, egress.Config{
			Named: typed, Origins: []string{address}, Timeout: DocumentTime, MaxBody: documentMax, Redirects: -1, UserAgent: "spectap/" + cli.Version(),
		})
	}
}

// verify returns the claims of an access token, or the response that refuses it.
func (i *tokenIssuers) verify(ctx context.Context, token string) (*oauth.Token, error) {
	t, err := i.verifiers.Verify(ctx, token)
	switch {
	case errors.Is(err, oauth.ErrIssuer):
		return nil, &front.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: oauth.FetchPause, Reason: err.Error() + ": try again later"}
	case errors.Is(err, oauth.ErrScope):
		return nil, i.insufficient(err.Error(), nil)
	case err != nil:
		return nil, &front.Refusal{
			Status: http.StatusUnauthorized, Challenge: i.resource.Challenge(oauth.InvalidToken, err.Error()), Reason: err.Error(),
		}
	}
	return t, nil
}

// insufficient returns the response to a valid token that does not suffice, with the scopes that
// may.
func (i *tokenIssuers) insufficient(why string, more []string) error {
	return &front.Refusal{Status: http.StatusForbidden, Challenge: i.resource.With(more).Challenge(oauth.InsufficientScope, why), Reason: why}
}

// challenge returns the header that asks a client to sign in for more scopes. It returns "" if the
// client did not sign in at the issuer or none of the scopes can be requested.
func (a *admission) challenge(r *http.Request, scopes []string) string {
	id := handler.AdmittedOf(r.Context()).Identity
	if a.issuer == nil || id[memberIssuer] == nil || slices.ContainsFunc(scopes, func(s string) bool { return !oauth.IsScope(s) }) {
		return ""
	}
	var granted []string // a client requests exactly the named scopes, so they include the granted ones
	_, all, _ := enforce.ScopesOf(id)
	for _, s := range all {
		granted = append(granted, s.(string))
	}
	if len(strings.Join(granted, " ")) > maxGranted {
		granted = nil
	}
	why := "the call needs the scope " + strings.Join(scopes, " ")
	issuer, _ := id[memberIssuer].(string)
	return a.issuer.resource.Only(issuer).With(granted).With(scopes).Challenge(oauth.InsufficientScope, why)
}

// maxGranted bounds the scopes of a token that a challenge repeats, in bytes: reverse proxies
// accept headers of 4 KiB.
const maxGranted = 2 << 10

// memberIssuer is the member of an identity that marks holders who signed in at an OAuth issuer.
const memberIssuer = "issuer"

// identity returns the identity of the holder of a token, as policies see it. It omits claims that
// differ between tokens of one holder, such as times. The claims of a named issuer are in the
// member of that name, so that a condition applies to one issuer.
func (i *tokenIssuers) identity(t *oauth.Token) map[string]any {
	scopes := make([]any, len(t.Scopes))
	for n, s := range t.Scopes {
		scopes[n] = s
	}
	claims := map[string]any{}
	for _, name := range i.claims {
		if v, ok := t.Claim(name); ok {
			claims[name] = v
		}
	}
	said := map[string]any{"subject": t.Subject, "scopes": scopes, "claims": claims}
	if t.Client != "" {
		said["client"] = t.Client
	}
	id := map[string]any{"name": t.Name(), memberIssuer: t.Issuer}
	if name := i.names[t.Issuer]; name != "" {
		id[name] = said
	} else {
		maps.Copy(id, said)
	}
	return id
}

// fits reports whether a token has the claims of a grant. With several issuers, the claims must
// name the issuer.
func (i *tokenIssuers) fits(t *oauth.Token, claims []grant.Claim) bool {
	return i.isBound(claims) && !slices.ContainsFunc(claims, func(c grant.Claim) bool { return !t.Has(c.Name, c.Value) })
}

// isBound reports whether the claims of a grant name one issuer.
func (i *tokenIssuers) isBound(claims []grant.Claim) bool {
	return len(i.verifiers) == 1 || slices.ContainsFunc(claims, func(c grant.Claim) bool { return c.Name == "iss" })
}

// public returns the metadata of the gateway for clients without a token.
func (i *tokenIssuers) public() map[string]http.Handler {
	all := map[string]http.Handler{}
	for _, path := range i.resource.Paths() {
		all[path] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				w.Header().Set("Allow", "GET, HEAD")
				http.Error(w, "the metadata can only be read", http.StatusMethodNotAllowed)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			w.Write(i.resource.Only(r.URL.Query().Get(oauth.IssuerParameter)).Metadata())
		})
	}
	return all
}

// host returns the host of the resource. A reverse proxy may send it as the Host of requests.
func (i *tokenIssuers) host() string {
	u, _ := url.Parse(i.resource.URL) // NewResource has parsed it
	return strings.ToLower(u.Host)
}

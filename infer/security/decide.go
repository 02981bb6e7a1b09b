package security

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/spectap/spectap/infer/headers"
	"github.com/spectap/spectap/infer/noun"
)

// Scheme is an OpenAPI security scheme.
type Scheme struct {
	Name string // key under components.securitySchemes
	Type string // "http", "apiKey", "oauth2" or "openIdConnect"
	// Scheme is "bearer", "basic", "digest" or that of [flow.ConnectionScheme] for type http.
	Scheme string
	// BearerFormat is "JWT" if all bearer tokens were JSON Web Tokens.
	BearerFormat string
	// In and Key are the location of an apiKey ("header", "query" or "cookie") and its name there.
	In, Key string
	// Flows are the flows of type oauth2, at most one of each kind.
	Flows []OAuthFlow
	// OpenIDURL is the URL of the provider's configuration, for type openIdConnect.
	OpenIDURL   string
	Description string
}

// Place says where a request carries the credentials: "header X-Api-Key", "Authorization: bearer".
func (s *Scheme) Place() string {
	if s.In != "" {
		return s.In + " " + s.Key
	}
	return "Authorization: " + cmp.Or(s.Scheme, "bearer") // other types are ways to get a token
}

// OAuthFlow is one way to obtain a token.
type OAuthFlow struct {
	Kind string // "authorizationCode", "clientCredentials", "password" or "implicit"
	// AuthorizationURL belongs to authorizationCode and implicit, TokenURL to all but implicit.
	// RefreshURL may be "".
	AuthorizationURL, TokenURL, RefreshURL string
	Scopes                                 []string // scopes that occurred, sorted
}

// Operation holds the facts of one operation.
type Operation struct {
	Access *Access
	OAuth  *OAuth
	// URL is the origin and path template, "" if the origin is not known.
	URL string
	// Seen counts the requests, and Query those with each query parameter that is no key by itself.
	Seen  int64
	Query map[string]int64
	// Refused reports whether the operation answered 401.
	Refused bool
}

// Decision is the result of [Decide].
type Decision struct {
	// Schemes are the security schemes, sorted by name.
	Schemes []Scheme
	// Requirements lists, for each operation, the alternatives of scheme names. See [Decide].
	Requirements [][][]string
	// Access holds the counts of each operation, without the headers that might be keys and are
	// parameters.
	Access []*Access
	// Entry says where credentials and tokens against forged requests come from.
	Entry Entry

	proven    map[Credential]bool // although their names alone do not say so
	queryKeys map[string]bool     // query parameters that are credentials because they accompany a key
}

// Decide finds the security schemes of an API and which of them each operation demands. excluded
// are operations that the document leaves out; they may still show the source of tokens.
//
// The requirements of an operation are alternatives, each the names of schemes that a request needs
// together. An empty alternative is anonymous access. The requirements are nil if nothing is known.
func Decide(operations, excluded []Operation, passed *Passed) Decision {
	d := Decision{proven: provenKeys(operations, passed), queryKeys: companions(operations, inQuery)}
	companionHeaders := companions(operations, inHeader)
	maps.DeleteFunc(companionHeaders, func(name string, _ bool) bool { return d.queryKeys[name] })
	ignored := refusedValues(operations)
	for _, op := range operations {
		d.Access = append(d.Access, op.Access.withKeys(d.proven, ignored).withCompanions(d.queryKeys, inQuery).
			withCompanions(companionHeaders, inHeader))
	}
	maps.Copy(d.queryKeys, companionHeaders)
	schemes := schemesOf(d.Access)
	logins, note := findProvider(slices.Concat(operations, excluded)).schemes()
	if s := schemes[Credential{Kind: kindBearer}]; s != nil {
		s.Description = note
	}
	makeUnique(schemes, logins)
	for _, a := range d.Access {
		d.Requirements = append(d.Requirements, a.requirements(schemes, logins))
	}
	d.shareRequirements(operations)
	d.Entry = passed.entry(schemes)
	for _, s := range schemes {
		d.Schemes = append(d.Schemes, *s)
	}
	d.Schemes = append(d.Schemes, logins...)
	slices.SortFunc(d.Schemes, func(a, b Scheme) int { return cmp.Compare(a.Name, b.Name) })
	return d
}

// IsCredential reports whether a header (in lower case), a query parameter or a cookie is a
// credential although its name alone does not say so.
func (d *Decision) IsCredential(in, name string) bool {
	return d.proven[Credential{in, name}] || in == kindQuery && d.queryKeys[name]
}

// schemesOf returns a scheme for each kind of credential that requests carried or refusals
// demanded.
func schemesOf(access []*Access) map[Credential]*Scheme {
	schemes := map[Credential]*Scheme{}
	add := func(c Credential) {
		if schemes[c] == nil {
			schemes[c] = schemeOf(c)
		}
	}
	jwt, opaque := false, false
	for _, a := range access {
		for key := range a.attempts {
			for _, c := range credentialsOf(key) {
				jwt, opaque = jwt || c.Kind == kindJWT, opaque || c.Kind == kindBearer
				add(withoutFormat(c))
			}
		}
		for _, c := range a.demanded() {
			add(c)
		}
	}
	if s := schemes[Credential{Kind: kindBearer}]; s != nil && jwt && !opaque {
		s.BearerFormat = "JWT"
	}
	return schemes
}

// withoutFormat returns a bearer token for a JWT: both are one scheme.
func withoutFormat(c Credential) Credential {
	if c.Kind == kindJWT {
		c.Kind = kindBearer
	}
	return c
}

func schemeOf(c Credential) *Scheme {
	switch c.Kind {
	case kindBearer, kindBasic, kindDigest:
		return &Scheme{Name: c.Kind + "Auth", Type: "http", Scheme: c.Kind}
	case kindHeader:
		if s := c.connectionScheme(); s != "" {
			return &Scheme{Name: s + "Auth", Type: "http", Scheme: s,
				Description: "It signs in the connection: later requests on it need no Authorization."}
		}
		words := noun.Words(c.Name)
		if len(words) > 1 && words[0] == "x" {
			words = words[1:]
		}
		key, word, _ := strings.Cut(c.Name, " ")
		if word != "" {
			return &Scheme{Name: noun.Camel(words...), Type: "http", Scheme: word,
				Description: "The key stands after the word " + word + "."}
		}
		return &Scheme{Name: noun.Camel(words...), Type: "apiKey", In: "header", Key: headers.Spelling(key)}
	}
	return &Scheme{Name: noun.Camel(append(noun.Words(c.Name), c.Kind)...), Type: "apiKey", In: c.Kind, Key: c.Name}
}

// makeUnique changes the names of schemes that another scheme has.
func makeUnique(schemes map[Credential]*Scheme, logins []Scheme) {
	used := map[string]bool{}
	for _, s := range logins {
		used[s.Name] = true
	}
	for _, c := range slices.SortedFunc(maps.Keys(schemes), compareCredentials) {
		s := schemes[c]
		if s.Name == "" {
			s.Name = "key"
		}
		for used[s.Name] {
			s.Name += "X"
		}
		used[s.Name] = true
	}
}

// requirements returns the alternatives that open one operation, nil if no credential is known.
func (a *Access) requirements(schemes map[Credential]*Scheme, logins []Scheme) [][]string {
	sets, anonymous := a.alternatives()
	for _, c := range a.demanded() {
		sets = append(sets, []Credential{c})
	}
	if len(sets) == 0 {
		return nil
	}
	out := [][]string{}
	if anonymous {
		out = append(out, []string{})
	}
	for _, set := range sets {
		var names []string
		bearer := false
		for _, c := range set {
			c = withoutFormat(c)
			bearer = bearer || c.Kind == kindBearer
			names = append(names, schemes[c].Name)
		}
		slices.Sort(names)
		out = append(out, slices.Compact(names))
		if bearer && len(set) == 1 {
			for _, s := range logins {
				out = append(out, []string{s.Name})
			}
		}
	}
	slices.SortFunc(out, func(a, b []string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(strings.Join(a, ","), strings.Join(b, ",")))
	})
	return slices.CompactFunc(out, slices.Equal)
}

// shareRequirements gives operations that answered 401 to requests without credentials, and got no
// others, the requirements of all others if those are equal. If the API signs in connections, it
// gives them also to operations that passed such requests.
func (d *Decision) shareRequirements(operations []Operation) {
	var common [][]string
	for _, r := range d.Requirements {
		switch {
		case r == nil || slices.ContainsFunc(r, func(names []string) bool { return len(names) == 0 }):
		case common == nil:
			common = r
		case !slices.EqualFunc(common, r, slices.Equal):
			return
		}
	}
	signsIn := slices.ContainsFunc(d.Access, (*Access).signsConnections)
	for i, a := range d.Access {
		none := a.attempts[""]
		if d.Requirements[i] == nil && common != nil && none != nil && (signsIn || none.passed == 0 && operations[i].Refused) {
			d.Requirements[i] = common
		}
	}
}

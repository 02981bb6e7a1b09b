package credential

import (
	"context"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	oauth "github.com/spectap/spectap/egress/token"
)

// Environment reads secrets from environment variables: the scheme's own variable (see [Variable]),
// else API_KEY, BEARER_TOKEN or BASIC_AUTH (user:password), whichever fits the scheme's type.
// Schemes of type oauth2 and openIdConnect take a bearer token, as does an API key in the header
// Authorization, where it is sent as "Bearer TOKEN".
type Environment struct {
	// Get returns the value of a variable, "" if it is not set, as os.Getenv does.
	Get func(string) string
	// NamedOnly restricts a scheme to its own variable. The general ones are for an API that a
	// person named; a document of somebody else could ask for them under any scheme.
	NamedOnly bool
	// Name returns what a person calls a variable that Get reads, "" if Get never has it. nil: as
	// Get does.
	Name func(string) string

	only   string          // the only scheme of the document, see Fit
	shared map[string]bool // schemes that take no general variable, see Fit
}

// Variable returns the name of a scheme's own environment variable: SPECTAP_AUTH_ and the scheme's
// name in upper case, with "_" for each character that is not an ASCII letter or digit.
func Variable(scheme string) string {
	return "SPECTAP_AUTH_" + strings.ToUpper(strings.Map(func(r rune) rune {
		if r < 0x80 && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
			return r
		}
		return '_'
	}, scheme))
}

// Prefixed returns a function that reads the variables of one of several documents, whose name
// comes before that of the scheme: SPECTAP_AUTH_SHOP_TOKEN. They have no general variables.
func Prefixed(document string, get func(string) string) func(string) string {
	return func(v string) string {
		rest, ok := strings.CutPrefix(v, "SPECTAP_AUTH_")
		if !ok {
			return ""
		}
		return get(Variable(document) + "_" + rest)
	}
}

// SignInPrefix begins the variables with the values of a sign-in.
const SignInPrefix = "SPECTAP_AUTH_SIGN_IN_"

// HasSignIn reports whether a variable of environ, as os.Environ returns them, begins with a
// prefix: [SignInPrefix], or that of one of several documents.
func HasSignIn(environ []string, prefix string) bool {
	return slices.ContainsFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, prefix) })
}

// Variables returns the names of the environment variables that may hold the secret of a scheme, in
// the order in which [Environment] reads them.
func Variables(name string, s *openapi3.SecurityScheme) []string {
	out := []string{Variable(name)}
	switch {
	case s.Type == "apiKey":
		if out = append(out, "API_KEY"); isAuthorization(s) {
			out = append(out, bearerToken)
		}
	case s.Type == "http" && (strings.EqualFold(s.Scheme, "basic") || strings.EqualFold(s.Scheme, "digest")):
		out = append(out, "BASIC_AUTH")
	case s.Type == "http" && strings.EqualFold(s.Scheme, "bearer"), s.Type == "oauth2", s.Type == "openIdConnect":
		out = append(out, bearerToken)
	}
	return out
}

// bearerToken is the general variable for a bearer token.
const bearerToken = "BEARER_TOKEN"

// isAuthorization reports whether a scheme is an API key in the header Authorization. Version 2.0
// has no other way to describe a bearer token.
func isAuthorization(s *openapi3.SecurityScheme) bool {
	return s.Type == "apiKey" && s.In == "header" && strings.EqualFold(s.Name, "Authorization")
}

// asBearer returns the value of the header Authorization for a token that may have its kind before
// it already.
func asBearer(token string) string {
	if strings.Contains(token, " ") {
		return token
	}
	return "Bearer " + token
}

// Credential implements [Source].
func (e Environment) Credential(_ context.Context, name string, s *openapi3.SecurityScheme) (Secret, bool, error) {
	v, x := e.Given(name, s)
	if v == bearerToken && isAuthorization(s) {
		x = asBearer(x)
	}
	return Secret(x), x != "", nil
}

// Given returns the variable that has the secret of a scheme, and its value.
func (e Environment) Given(name string, s *openapi3.SecurityScheme) (variable, value string) {
	variables := e.read(name, s)
	if name == e.only && !e.NamedOnly && !slices.Contains(variables, "BASIC_AUTH") {
		variables = append(variables, "API_KEY", bearerToken)
	}
	for _, v := range variables {
		if value := e.Get(v); value != "" {
			return v, value
		}
	}
	return "", ""
}

// read returns the variables that are read for a scheme, as Get knows them.
func (e Environment) read(name string, s *openapi3.SecurityScheme) []string {
	variables := Variables(name, s)
	if e.NamedOnly || e.shared[name] {
		variables = variables[:1]
	}
	return variables
}

// Variables implements [Namer].
func (e Environment) Variables(name string, s *openapi3.SecurityScheme) (out []string) {
	for _, v := range e.read(name, s) {
		if e.Name != nil {
			v = e.Name(v)
		}
		if v != "" {
			out = append(out, v)
		}
	}
	return out
}

// Files is a [Source] that reads the secret of a scheme from a file. It maps the name of a scheme
// to the path of its file. A file is read for each call, so that it can be replaced; white space
// around the secret is ignored.
type Files map[string]string

// Credential implements [Source].
func (f Files) Credential(ctx context.Context, name string, _ *openapi3.SecurityScheme) (Secret, bool, error) {
	path, ok := f[name]
	if !ok {
		return "", false, nil
	}
	v, _, err := oauth.File(path).Obtain(ctx)
	return Secret(v), err == nil, err
}
